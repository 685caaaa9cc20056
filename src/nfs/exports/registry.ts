/**
 * The registry for those who are not given one. A process opens it once: a second connection that waits for a
 * transaction of the first would stop both. So who has it open lends it.
 */
import { existsSync } from 'node:fs';
import { openDatabase, type Db } from '../../db/database.ts';
import type { Paths } from '../../system/paths.ts';

const lent = new Map<string, Db>();

/** Until disposed, others of this process use this connection. */
export function lendRegistry(paths: Paths, db: Db): Disposable {
  lent.set(paths.database, db);
  return {
    [Symbol.dispose]() {
      lent.delete(paths.database);
    },
  };
}

/** Without a registry: nothing. */
export async function withRegistry<T>(
  paths: Paths,
  db: Db | undefined,
  work: (db: Db | undefined) => Promise<T>,
): Promise<T> {
  const there = db ?? lent.get(paths.database);
  if (there || !existsSync(paths.database)) return await work(there);
  await using own = await openDatabase(paths.database);
  return await work(own.db);
}
