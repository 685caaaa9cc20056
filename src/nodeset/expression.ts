/** What an expression is once it is understood. */

/** Numbers of a bracket; `width` > 0: filled up with zeros to that length. */
export interface Range {
  first: bigint;
  last: bigint;
  step: bigint;
  width: number;
}

/** Text, or a bracket with its ranges. */
export type Piece = string | Range[];

/** Where groups are from: what stands before the colon of `@source:name`. */
export const SOURCES = ['group', 'profile', 'tag', 'image', 'mode', 'arch'] as const;
export type Source = (typeof SOURCES)[number];

export interface Group {
  source: Source;
  /** `*`: all nodes that the source knows, such as all that have an image. */
  name: string;
}

/** How an operand changes what stands before it: union, difference, intersection, symmetric difference. */
export type Operator = ',' | '!' | '&' | '^';

export interface Operand {
  operator: Operator;
  /** `names`: as written; `wildcard`: existing nodes that match; `group`: its members; `all`: every node. */
  kind: 'names' | 'wildcard' | 'group' | 'all';
  pieces: Piece[];
  source: Source;
  /** Texts that it expands to. */
  count: number;
  /** As written. */
  text: string;
  /** Where it begins, from 0. */
  at: number;
}

export interface Expression {
  text: string;
  /** What blanks separate, each worked out from left to right; the result is their union. */
  terms: Operand[][];
  /** For errors: where the expression was read. */
  file: string;
  line?: number;
}

/** All texts that pieces stand for, rightmost number first to change. */
export function* texts(pieces: readonly Piece[], at = 0): Generator<string> {
  const piece = pieces[at];
  if (piece === undefined) return yield '';
  if (typeof piece === 'string') {
    for (const rest of texts(pieces, at + 1)) yield piece + rest;
    return;
  }
  // The tail is worked out once, and not again for each number.
  const tails = at + 1 < pieces.length ? [...texts(pieces, at + 1)] : [''];
  for (const { first, last, step, width } of piece)
    for (let number = first; number <= last; number += step) {
      const digits = String(number).padStart(width, '0');
      for (const tail of tails) yield digits + tail;
    }
}

/** Groups that an expression names, each once, so that they can be looked up together. */
export function groupsOf(...expressions: readonly Expression[]): Group[] {
  const found = new Map<string, Group>();
  for (const operand of operands(expressions))
    if (operand.kind === 'group')
      for (const name of texts(operand.pieces)) {
        const group = { source: operand.source, name };
        found.set(groupKey(group), group);
      }
  return [...found.values()];
}

/** Whether the names of all nodes must be known: for `@*` and wildcards. */
export function needsAll(...expressions: readonly Expression[]): boolean {
  return operands(expressions).some(({ kind }) => kind === 'all' || kind === 'wildcard');
}

/** How groups are named in a lookup: `source:name`. */
export function groupKey({ source, name }: Group): string {
  return `${source}:${name}`;
}

function operands(expressions: readonly Expression[]): Operand[] {
  return expressions.flatMap((one) => one.terms.flat());
}
