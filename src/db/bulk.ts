/**
 * Statements over many rows at once. Kysely writes a parameter a value, which for
 * 100,000 nodes takes longer than SQLite does; here all rows are one parameter, a
 * JSON array that the database unfolds. PostgreSQL has json_array_elements for it.
 */
import { sql, type RawBuilder } from 'kysely';
import type { Db } from './database.ts';
import type { Tables } from './tables.ts';

/** Rows in one statement: bounds the text, not the work. */
const PART = 10_000;

type Scalar = string | number | null;
type Plain<T> = { [K in keyof T as T[K] extends Scalar ? K : never]: T[K] & Scalar };

/**
 * Inserts rows of texts and numbers.
 * @param conflict with it, rows whose `key` is there already get new values in `update`
 */
export async function insertMany<T extends keyof Tables, C extends keyof Plain<Tables[T]> & string>(
  db: Db,
  table: T,
  columns: readonly C[],
  rows: readonly Pick<Plain<Tables[T]>, C>[],
  conflict?: { key: C; update: readonly C[] },
): Promise<void> {
  const values = sql.join(columns.map((_, i) => sql`value ->> ${sql.lit(i)}`));
  const updates = conflict?.update.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`);
  const tail =
    // Without "where true" SQLite takes ON for the condition of a join.
    conflict && updates
      ? sql`where true on conflict (${sql.ref(conflict.key)}) do update set ${sql.join(updates)}`
      : sql``;
  for (let start = 0; start < rows.length; start += PART) {
    const part = rows.slice(start, start + PART).map((row) => columns.map((name) => row[name]));
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})
      select ${values} from json_each(${JSON.stringify(part)}) ${tail}`.execute(db);
  }
}

/** For `where x in …`: any number of values as one parameter. */
export function among(values: readonly string[]): RawBuilder<string> {
  return sql<string>`(select value from json_each(${JSON.stringify(values)}))`;
}
