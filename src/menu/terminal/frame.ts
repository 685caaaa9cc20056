/** How questions look. Pure: text in, text out. */
import { wrap } from '../../cli/render/error.ts';
import type { Style } from '../../cli/render/style.ts';
import { fit, oneLine, width } from '../../cli/render/text.ts';
import type { Choice } from '../prompts.ts';
import type { Numbered } from './match.ts';

const INVERSE = ['\u001b[7m', '\u001b[27m'] as const;

export interface Row<T> extends Numbered {
  choice: Choice<T>;
}

/** Text with the place of the cursor, which the terminal itself does not show here. No colour, so NO_COLOR leaves it. */
export function withCursor(text: string, cursor: number): string {
  const at = Math.min(cursor, text.length);
  return `${text.slice(0, at)}${INVERSE[0]}${text.slice(at, at + 1) || ' '}${INVERSE[1]}${text.slice(at + 1)}`;
}

export function question(message: string, style: Style): string {
  return ` ${style.blue('[+]')} ${style.bold(oneLine(message))}`;
}

/** What stays of a question when it is answered. */
export function answered(message: string, answer: string, style: Style): string {
  return `${question(message, style)} ${oneLine(answer)}`;
}

/** Lines below a question or an answer, broken at blanks. */
export function indented(text: string, columns: number): string[] {
  const lines = text.split('\n').flatMap((line) => wrap(oneLine(line), columns - 7));
  return lines.map((line) => (line ? `      ${line}` : ''));
}

/**
 * `-->: ` with what was typed; below it what is wrong with that, or an empty line: a frame that loses
 * nothing but its last line is too much for Clack 1.6, which would write the line that is not there.
 */
export function field(typed: string, style: Style, columns: number, error = ''): string {
  const wrong = indented(error, columns).map((line) => style.red(line));
  return [`  ${style.blue('-->:')} ${typed}`, ...wrong].join('\n');
}

/** Lines of a list, at most `room` of them, the entry at `at` among them. */
export function listLines<T>(
  rows: readonly Row<T>[],
  at: number,
  style: Style,
  columns: number,
  room: number,
): string[] {
  const digits = String(Math.max(0, ...rows.map(({ number }) => number))).length;
  const lines: string[] = [];
  let here = 0;
  let last = 0; // number of the row before: headings stand where their entries were not left out
  for (const [i, { number, choice }] of rows.entries()) {
    if (choice.heading !== undefined && number === last + 1) {
      if (number > 1) lines.push('');
      if (choice.heading) lines.push(`   ${style.bold(`> ${choice.heading}`)}`);
    }
    last = number;
    if (i === at) here = lines.length;
    lines.push(line(i === at, `${String(number).padStart(digits)} - `, choice, style, columns));
  }
  if (lines.length <= room) return lines;
  const first = Math.max(0, Math.min(here - Math.floor(room / 2), lines.length - room));
  const shown = lines.slice(first, first + room);
  const more = `     ${style.dim(style.sign.more)}`;
  if (first > 0 && here > first) shown[0] = more;
  if (first + room < lines.length && here < first + room - 1) shown[room - 1] = more;
  return shown;
}

function line<T>(chosen: boolean, number: string, choice: Choice<T>, style: Style, columns: number): string {
  const room = columns - 5 - number.length;
  const label = fit(oneLine(choice.label), room, style.sign.more);
  const hint = choice.hint
    ? fit(`  ${oneLine(choice.hint)}`, Math.max(0, room - width(label)), style.sign.more)
    : '';
  const mark = (chosen ? style.sign.arrow : '').padEnd(3);
  return chosen
    ? `${style.blue(` ${mark}`)}${style.bold(style.blue(number + label))}${style.dim(hint)}`
    : ` ${mark}${number}${label}${style.dim(hint)}`;
}
