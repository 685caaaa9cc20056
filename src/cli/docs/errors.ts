import type { ErrorText } from '../../system/errors.ts';
import { heading, paragraph, terms, type Block } from './document.ts';

/** Every error code with what, why and what to do, by room. */
export function errorReference(errors: ReadonlyMap<string, ErrorText>): Block[] {
  const rooms = Map.groupBy(errors, ([code]) => code.slice(0, code.indexOf('/')));
  return [
    heading('Errors'),
    paragraph(
      'Codes are stable. `slipway errors CODE` explains one; with `--json` errors are objects with `event`, `code`, `what`, `why`, `todo`, and where they are known `where`, `output` and `also`. Words in braces stand for what the message names.',
    ),
    ...[...rooms].flatMap(([room, entries]) => [
      heading(room, 2),
      ...entries.flatMap(([code, { what, why, todo, exit }]): Block[] => [
        heading(code, 3),
        paragraph(what.replace(/\{\w+\}/g, '`$&`')),
        terms([
          ['why', why.replace(/\{\w+\}/g, '`$&`')],
          ['what to do', todo.replace(/\{\w+\}/g, '`$&`')],
          ['exit code', String(exit ?? 1)],
        ]),
      ]),
    ]),
  ];
}
