/** From an expression to names. */
import { fail } from './errors.ts';
import { groupKey, texts, type Expression, type Operand } from './expression.ts';
import { MOST_MEMBERS, MOST_NAMES } from './limits.ts';
import { sortNames } from './natural.ts';
import { parse } from './parse.ts';
import { placeIn, shown } from './place.ts';
import { matches } from './wildcard.ts';

/** What expressions can name besides names: what `groupsOf` and `needsAll` ask for. */
export interface Lookup {
  /** Members by `groupKey`. A group that is not in it is unknown. Without it no group may be named. */
  groups?: ReadonlyMap<string, readonly string[]>;
  /** All nodes, for `@*` and wildcards. Without it neither may stand in the expression. */
  all?: readonly string[];
}

/**
 * Names that one or several expressions mean together, in natural order, each once.
 * @throws SlipwayError `nodeset/unknown-group`, `nodeset/not-here`, `nodeset/too-many`
 */
export function evaluate(expressions: Expression | readonly Expression[], lookup: Lookup = {}): string[] {
  return sortNames(expandInOrder(expressions, lookup));
}

/** The same as {@link evaluate}, in the order in which they are written. */
export function expandInOrder(
  expressions: Expression | readonly Expression[],
  lookup: Lookup = {},
): Set<string> {
  const all = 'terms' in expressions ? [expressions] : expressions;
  const work = new Work(lookup);
  const result = new Set<string>();
  for (const expression of all)
    for (const term of expression.terms) for (const name of work.term(expression, term)) result.add(name);
  return result;
}

/** {@link parse} and {@link evaluate} in one. */
export function expandNodeSet(text: string, lookup: Lookup = {}): string[] {
  return evaluate(parse(text), lookup);
}

/** What one evaluation may still do. */
class Work {
  readonly #lookup: Lookup;
  #names = 0;
  #members = 0;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** Each operand costs as much as it has names, not as much as stands before it. */
  term(expression: Expression, [first, ...rest]: readonly Operand[]): Iterable<string> {
    if (!first) return [];
    if (rest.length === 0) return this.names(expression, first);
    let result = new Set(this.names(expression, first));
    for (const operand of rest) {
      const names = this.names(expression, operand);
      if (operand.operator === ',') for (const name of names) result.add(name);
      else if (operand.operator === '!') for (const name of names) result.delete(name);
      else if (operand.operator === '&') {
        const before = result;
        result = new Set();
        for (const name of names) if (before.has(name)) result.add(name);
      } else for (const name of new Set(names)) if (!result.delete(name)) result.add(name);
    }
    return result;
  }

  names(expression: Expression, operand: Operand): Iterable<string> {
    this.#names += operand.count;
    if (this.#names > MOST_NAMES)
      throw fail('too-many', { what: 'names', count: this.#names, most: MOST_NAMES });
    if (operand.kind === 'names') return texts(operand.pieces);
    if (operand.kind === 'group') return this.#group(expression, operand);
    const { all } = this.#lookup;
    if (!all) throw fail('not-here', { operand: shown(operand.text) }, placeIn(expression, operand.at));
    this.#spend(all.length * operand.count);
    if (operand.kind === 'all') return all;
    const patterns = [...texts(operand.pieces)];
    return all.filter((name) => patterns.some((pattern) => matches(pattern, name)));
  }

  #group(expression: Expression, operand: Operand): Iterable<string> {
    const { source, text, at } = operand;
    const { groups } = this.#lookup;
    if (!groups) throw fail('not-here', { operand: shown(text) }, placeIn(expression, at));
    const result: string[][] = [];
    for (const name of texts(operand.pieces)) {
      const members = groups.get(groupKey({ source, name }));
      if (!members) throw fail('unknown-group', { source, name, near: '' }, placeIn(expression, at));
      this.#spend(members.length);
      result.push([...members]);
    }
    return result.flat();
  }

  #spend(members: number): void {
    this.#members += members;
    if (this.#members > MOST_MEMBERS)
      throw fail('too-many', { what: 'members of groups', count: this.#members, most: MOST_MEMBERS });
  }
}
