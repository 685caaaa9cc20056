/** Changes of the registry for people. */
import { countsOf, type DiffGroup, type FieldChange } from '../../node/diff.ts';
import type { Style } from './style.ts';
import { fit, oneLine } from './text.ts';

const LONGEST = 200;

/** Green and `+` for what comes, red and `-` for what goes, a line each for what becomes something else. */
export function diffText(groups: readonly DiffGroup[], style: Style): string {
  if (groups.length === 0) return 'Nothing to change.\n';
  return `${groups.flatMap((group) => lines(group, style)).join('\n')}\n\n${sumText(groups)}\n`;
}

/** `2 to add, 100 to change, 1 to remove` */
function sumText(groups: readonly DiffGroup[]): string {
  const counts = countsOf(groups);
  return (['add', 'change', 'remove'] as const)
    .filter((verb) => counts[verb] > 0)
    .map((verb) => `${counts[verb]} to ${verb}`)
    .join(', ');
}

function lines(group: DiffGroup, style: Style): string[] {
  const { kind, change, names, count, fields } = group;
  const name = fit(kind === 'node' ? names : `${kind} ${names}`, LONGEST, style.sign.more);
  const many = count > 1 ? style.dim(` (${count} nodes)`) : '';
  if (change === 'remove') return [style.red(`- ${name}`) + many];
  if (change === 'add')
    return [style.green(`+ ${name}`) + many, ...fields.map((f) => `    ${field(f, count, style)}`)];
  const sign = style.yellow('~');
  return fields.map((f) => `${sign} ${style.bold(name)}${many}: ${field(f, count, style)}`);
}

function field({ path, before, after, last }: FieldChange, count: number, style: Style): string {
  const one = pair(before, after, style);
  if (!last) return `${path} ${one}`;
  return `${path} ${one} ${style.sign.more} ${pair(last.before, last.after, style)}${style.dim(` (${count} values)`)}`;
}

function pair(before: unknown, after: unknown, style: Style): string {
  const is = after === undefined ? '' : style.green(value(after, style));
  if (before === undefined) return is;
  const was = style.red(value(before, style));
  return after === undefined
    ? `${was} ${style.sign.arrow} ${style.dim('nothing')}`
    : `${was} ${style.sign.arrow} ${is}`;
}

function value(one: unknown, style: Style): string {
  const text = typeof one === 'string' ? one : listed(one);
  return fit(oneLine(text.replaceAll('\n', ' ')), LONGEST, style.sign.more);
}

function listed(one: unknown): string {
  if (Array.isArray(one) && one.every((part) => typeof part === 'string')) return one.join(' ');
  if (one === null) return 'taken away';
  return JSON.stringify(one).replaceAll(/"sha256:([0-9a-f]{12})[0-9a-f]{52}"/g, '"sha256:$1"');
}
