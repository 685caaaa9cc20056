/** Groups and profiles as they are kept. */
import type { Db } from '../db/database.ts';
import type { Presets } from './resolve.ts';
import type { GroupDocument, ProfileDocument } from './schema.ts';

/** Number of the last change: whatever was read of the registry holds as long as it stays the same. */
export async function revision(db: Db): Promise<number> {
  const row = await db
    .selectFrom('change')
    .select((e) => e.fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}

export async function readPresets(db: Db): Promise<Presets> {
  const groups = new Map<string, GroupDocument>();
  const profiles = new Map<string, ProfileDocument>();
  for (const row of await db.selectFrom('preset').selectAll().orderBy('name').execute())
    if (row.kind === 'group') groups.set(row.name, JSON.parse(row.document) as GroupDocument);
    else profiles.set(row.name, JSON.parse(row.document) as ProfileDocument);
  return { groups, profiles };
}

const known = new WeakMap<Db, { revision: number; presets: Presets }>();

/** The same, kept until the registry changes: for the boot server. Not inside of a transaction that changes them. */
export async function currentPresets(db: Db): Promise<Presets> {
  const now = await revision(db);
  const kept = known.get(db);
  if (kept?.revision === now) return kept.presets;
  const presets = await readPresets(db);
  known.set(db, { revision: now, presets });
  return presets;
}
