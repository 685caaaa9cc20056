/**
 * Node sets as ClusterShell writes them: `node[01-10,15]`, `r[1-3]n[1-4]`, `n[0-8/2]`,
 * `@group`, `@source:group`, `@*`, `n*`, with `,` `!` `&` `^` from left to right, all
 * binding alike. Blanks beside an operator mean nothing. Blanks between two operands begin
 * another expression, and the result has the nodes of both: as ClusterShell's arguments.
 */
import { fail } from './errors.ts';
import type { Expression, Operand, Operator } from './expression.ts';
import { MOST_CHARACTERS, MOST_NAMES, MOST_WILDCARDS } from './limits.ts';
import { placeIn, type Read } from './place.ts';
import { readWord } from './word.ts';

export interface ParseOptions {
  /** Where it was read, for errors. */
  file?: string;
  line?: number;
  /** Characters allowed. */
  most?: number;
}

/**
 * Understands an expression without making any name of it. Nothing but blanks is an empty set.
 * @throws SlipwayError `nodeset/…`, `name/invalid`, with the column
 */
export function parse(text: string, options: ParseOptions = {}): Expression {
  const { file = 'node set', line, most = MOST_CHARACTERS } = options;
  if (text.length > most) throw fail('too-long', { length: text.length, most });
  const read: Read = { text, file, ...(line !== undefined && { line }) };
  const terms: Operand[][] = [];
  const counts = { names: 0, wildcards: 0 };
  let operator: Operator | undefined;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (isOperator(character)) {
      if (operator !== undefined || terms.length === 0)
        throw fail('operand', { side: 'before', operator: character }, placeIn(read, at));
      operator = character;
      at++;
      continue;
    }
    if (character === '[' && operator === undefined && terms.length > 0)
      throw fail(
        'bracket',
        {
          problem: 'A blank stands before [',
          todo: 'Remove the blank, or write a comma for names of digits.',
        },
        placeIn(read, at),
      );
    const { word, end } = readWord(read, at);
    const operand = { ...word, operator: operator ?? ',', text: text.slice(at, end), at };
    count(counts, operand, read);
    if (operator === undefined) terms.push([operand]);
    else terms.at(-1)?.push(operand);
    operator = undefined;
    at = end;
  }
  if (operator !== undefined)
    throw fail('operand', { side: 'behind', operator }, placeIn(read, text.trimEnd().length - 1));
  return { ...read, terms };
}

function count(counts: { names: number; wildcards: number }, operand: Operand, read: Read): void {
  const tooMany = (what: string, found: number, most: number) =>
    fail('too-many', { what, count: found, most }, placeIn(read, operand.at));
  counts.names += operand.count;
  if (counts.names > MOST_NAMES) throw tooMany('names', counts.names, MOST_NAMES);
  if (operand.kind === 'wildcard') counts.wildcards += operand.count;
  if (counts.wildcards > MOST_WILDCARDS) throw tooMany('names with * or ?', counts.wildcards, MOST_WILDCARDS);
}

function isOperator(character: string): character is Operator {
  return character === ',' || character === '!' || character === '&' || character === '^';
}
