/** What stands in a bracket: `01-10,15,20-40/2`. */
import type { SlipwayError } from '../system/errors.ts';
import type { Range } from './expression.ts';

/** Makes an error about the text from `at` on; columns from 0 in the bracket's content. */
export type Complain = (at: number, range: string, problem: string, todo: string) => SlipwayError;

/** More digits than this make no name. */
const MOST_DIGITS = 63;
const ITEM = /^(\d+)(?:\s*-\s*(\d+))?(?:\s*\/\s*(\d+))?$/;

/** @throws what `complain` makes */
export function parseRanges(content: string, complain: Complain): Range[] {
  const ranges: Range[] = [];
  let at = 0;
  for (const part of content.split(',')) {
    const text = part.trim();
    const start = at + (part.length - part.trimStart().length);
    ranges.push(parseRange(text, (problem, todo) => complain(start, text, problem, todo)));
    at += part.length + 1;
  }
  return ranges;
}

/** How many numbers, without making them. */
export function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { first, last, step }) => sum + Number((last - first) / step + 1n), 0);
}

function parseRange(text: string, bad: (problem: string, todo: string) => SlipwayError): Range {
  if (text === '') throw bad('it is empty', 'Write a number, or remove the comma or the brackets.');
  const match = ITEM.exec(text);
  if (!match) {
    if (text.startsWith('-')) throw bad('numbers have no sign', 'Write the hyphen before the bracket.');
    throw bad('there are other characters than digits', 'Write numbers: 1-3.');
  }
  const [, from = '', to = from, by = '1'] = match;
  if (Math.max(from.length, to.length, by.length) > MOST_DIGITS)
    throw bad('the number has too many digits', 'Names have at most 63 characters.');
  const range = { first: BigInt(from), last: BigInt(to), step: BigInt(by), width: 0 };
  if (match[2] === undefined && range.step !== 1n)
    throw bad('a step needs a range', `Write where it ends: ${from}-END/${by}.`);
  if (range.step < 1n) throw bad('the step must be 1 or more', `Write ${from}-${to}.`);
  if (range.first > range.last) throw bad('it runs backwards', `Write ${to}-${from}.`);
  if (isPadded(from) || isPadded(to)) {
    if (from.length !== to.length)
      throw bad(
        'its ends have different lengths',
        `Write ${from.padStart(to.length, '0')}-${to.padStart(from.length, '0')}, or both without leading zeros.`,
      );
    range.width = from.length;
  }
  return range;
}

const isPadded = (digits: string) => digits.length > 1 && digits.startsWith('0');
