/** Errors for people and for programs. */
import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { placeText, type Place, type SlipwayError } from '../../system/errors.ts';
import type { Style } from './style.ts';
import { fit, oneLine, printable, width } from './text.ts';

/** The error as one JSON object; `event` is always `error`. */
export function errorObject(error: SlipwayError): Record<string, unknown> {
  return {
    event: 'error',
    ...plainObject(error),
    ...(error.also.length > 0 ? { also: error.also.map(plainObject) } : {}),
  };
}

function plainObject(error: SlipwayError): Record<string, unknown> {
  const { code, message: what, why, todo, where, output } = error;
  return {
    code,
    what,
    why,
    todo,
    ...(where ? { where } : {}),
    ...(output ? { output: printable(output) } : {}),
  };
}

/**
 * Code, what, where with the line itself and a caret, why, what to do, the last
 * output of the tool; then the same for each of `also`. Ends with a newline.
 */
export function errorText(error: SlipwayError, style: Style, columns = 100): string {
  const all = [error, ...error.also];
  const blocks = all.map((one) => block(one, style, columns));
  if (all.length > 1) blocks.push(`${style.bold(`${all.length} errors`)}\n`);
  return blocks.join('\n');
}

function block(error: SlipwayError, style: Style, columns: number): string {
  const lines = [`${style.bold(style.red(`error[${error.code}]`))} ${style.bold(printable(error.message))}`];
  if (error.where) lines.push(...place(error.where, style, columns));
  const item = (name: string, text: string) => {
    const shown = printable(text);
    if (shown) lines.push(`  ${style.blue(name.padEnd(4))} ${wrap(shown, columns - 7).join('\n       ')}`);
  };
  item('why', error.why);
  item('do', error.todo);
  if (error.output?.trim()) {
    lines.push(style.dim('  last output:'));
    for (const line of printable(error.output).trim().split('\n'))
      lines.push(`  ${style.dim('|')} ${line.trimEnd()}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The place, and where the file can still be read, its line with a caret below the column. */
function place(where: Place, style: Style, columns: number): string[] {
  const shown = relative(process.cwd(), where.file);
  const file = shown && !shown.startsWith('..') ? shown : where.file;
  const lines = [`  ${style.blue('at')}   ${printable(placeText({ ...where, file }))}`];
  const source = sourceOf(where);
  if (source === undefined) return lines;
  const number = where.line === undefined ? '' : String(where.line);
  const margin = ' '.repeat(7);
  const room = Math.max(20, columns - margin.length - number.length - 3);
  lines.push(`${margin}${style.dim(`${number} |`)} ${fit(oneLine(source.text), room)}`);
  if (source.at !== undefined) {
    const before = width(oneLine(source.text.slice(0, source.at)));
    lines.push(
      `${margin}${' '.repeat(number.length)} ${style.dim('|')} ${' '.repeat(before)}${style.red('^')}`,
    );
  }
  return lines;
}

/** The line, and where in it the place is, from 0. */
function sourceOf({ file, line, column, excerpt }: Place): { text: string; at?: number } | undefined {
  if (excerpt) return excerpt;
  const text = line === undefined ? undefined : sourceLine(file, line);
  return text === undefined ? undefined : { text, at: column === undefined ? undefined : column - 1 };
}

const LARGEST = 1 << 20;
function sourceLine(file: string, line: number): string | undefined {
  try {
    const stat = statSync(file);
    if (!stat.isFile() || stat.size > LARGEST) return undefined;
    return readFileSync(file, 'utf8').split('\n')[line - 1];
  } catch {
    return undefined;
  }
}

/** Breaks at blanks. Words longer than a line stay whole: paths and commands must be copied. */
export function wrap(text: string, columns: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const last = lines.at(-1) ?? '';
      if (last && width(last) + 1 + width(word) > columns) lines.push(word);
      else lines[lines.length - 1] = last ? `${last} ${word}` : word;
    }
    return lines;
  });
}
