/**
 * From what a user writes for nodes to names. Today a list separated by commas;
 * node sets (`node[01-10]`, `@group`) will be understood here and nowhere else.
 */
import type { Db } from '../db/database.ts';
import { closest } from '../system/closest.ts';
import { checkName } from '../system/names.ts';
import { fail } from './errors.ts';

/** SQLite takes a limited number of values in one statement. */
export const CHUNK = 500;

/** Names that `expr` stands for, in its order, each once; they need not exist. @throws SlipwayError `name/invalid`, `node/empty` */
export function expandNames(expr: string): string[] {
  const words = expr.split(',').map((word) => word.trim());
  const names = new Set(words.filter((word) => word !== '').map((word) => checkName('Node', word)));
  if (names.size === 0) throw fail('empty', {});
  return [...names];
}

/** Existing nodes that `expr` stands for, by id, in its order. @throws SlipwayError `node/unknown` naming all that do not exist */
export async function expandNodes(db: Db, expr: string): Promise<{ id: string; name: string }[]> {
  const names = expandNames(expr);
  const found = new Map<string, string>();
  for (const part of chunks(names))
    for (const row of await db.selectFrom('node').select(['id', 'name']).where('name', 'in', part).execute())
      found.set(row.name, row.id);
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) throw await unknownNodes(db, missing);
  return names.map((name) => ({ id: found.get(name) ?? '', name }));
}

async function unknownNodes(db: Db, missing: string[]): Promise<Error> {
  const all = await db.selectFrom('node').select('name').limit(10_000).execute();
  const near = closest(
    missing[0] ?? '',
    all.map((row) => row.name),
  );
  return fail('unknown', { names: missing.join(', '), near: near ? `Did you mean ${near}? ` : '' });
}

/** Pieces of at most {@link CHUNK}. */
export function* chunks<T>(all: readonly T[]): Generator<T[]> {
  for (let start = 0; start < all.length; start += CHUNK) yield all.slice(start, start + CHUNK);
}
