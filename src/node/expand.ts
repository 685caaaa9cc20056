/** From what a user writes for nodes to nodes: node sets are understood here and nowhere else. */
import { among } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import { expandInOrder } from '../nodeset/evaluate.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import { parse } from '../nodeset/parse.ts';
import { closest } from '../system/closest.ts';
import { fail } from './errors.ts';
import { lookUp } from './groups.ts';

/**
 * Names that `expr` stands for, in its order, each once; they need not exist, so that groups cannot be named.
 * @throws SlipwayError `nodeset/…`, `name/invalid`, `node/empty`
 */
export function expandNames(expr: string): string[] {
  return some(expandInOrder(parse(expr)));
}

/**
 * The same with groups; nodes need not exist. For what is kept of nodes that may have left the registry.
 * @throws SlipwayError as {@link expandNames}, `nodeset/unknown-group`
 */
export async function expandAny(db: Db, expr: string): Promise<string[]> {
  const expression = parse(expr);
  return some(expandInOrder(expression, await lookUp(db, expression)));
}

/**
 * Existing nodes that `expr` stands for, by id, in its order.
 * @param options.none whether that may be none: lists have then nothing in them, but no change is meant for nobody
 * @throws SlipwayError as {@link expandNames}; `node/unknown` naming all that do not exist
 */
export async function expandNodes(
  db: Db,
  expr: string,
  { none = false } = {},
): Promise<{ id: string; name: string }[]> {
  const expression = parse(expr);
  const all = expandInOrder(expression, await lookUp(db, expression));
  const names = none ? [...all] : some(all);
  const rows = await db.selectFrom('node').select(['id', 'name']).where('name', 'in', among(names)).execute();
  const found = new Map(rows.map((row) => [row.name, row.id]));
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) throw await unknownNodes(db, missing);
  return names.map((name) => ({ id: found.get(name) ?? '', name }));
}

function some(names: Iterable<string>): string[] {
  const all = [...names];
  if (all.length === 0) throw fail('empty', {});
  return all;
}

async function unknownNodes(db: Db, missing: string[]): Promise<Error> {
  const all = await db.selectFrom('node').select('name').limit(10_000).execute();
  const near = closest(
    missing[0] ?? '',
    all.map((row) => row.name),
  );
  return fail('unknown', { names: foldBriefly(missing), near: near ? `Did you mean ${near}? ` : '' });
}

/** SQLite takes a limited number of values in one statement. */
const CHUNK = 500;

/** Pieces of at most {@link CHUNK}. */
export function* chunks<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += CHUNK) yield all.slice(start, start + CHUNK);
}
