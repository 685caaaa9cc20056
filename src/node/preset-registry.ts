/** Groups and profiles: the same verbs for both. Each function is one transaction. */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { closest } from '../system/closest.ts';
import { writeChange } from './change.ts';
import { localActor } from './entry.ts';
import { checkDocument } from './check.ts';
import { edited, type Edit } from './edit.ts';
import { fail } from './errors.ts';
import { readPresets } from './presets.ts';
import type { ChangeOptions } from './registry.ts';
import type { GroupDocument, ProfileDocument } from './schema.ts';

export type PresetKind = 'group' | 'profile';

export interface Preset {
  kind: PresetKind;
  name: string;
  /** Nodes that name it themselves; of a profile also through their groups. */
  nodes: number;
  settings: GroupDocument & ProfileDocument;
}

/** All of a kind, sorted by name. */
export async function listPresets(db: Db, kind: PresetKind): Promise<Preset[]> {
  const presets = await readPresets(db);
  const counts = await (kind === 'group' ? groupCounts(db) : profileCounts(db));
  return [...(kind === 'group' ? presets.groups : presets.profiles)].map(([name, settings]) => ({
    kind,
    name,
    nodes: counts.get(name) ?? 0,
    settings,
  }));
}

/** @throws SlipwayError `node/no-preset` */
export async function showPreset(db: Db, kind: PresetKind, name: string): Promise<Preset> {
  const all = await listPresets(db, kind);
  const found = all.find((one) => one.name === name);
  if (!found)
    throw missing(
      kind,
      name,
      all.map((one) => one.name),
    );
  return found;
}

/** @throws SlipwayError `node/preset-exists`, `name/invalid`, and as writeChange of change.ts */
export async function addPreset(
  db: Db,
  kind: PresetKind,
  name: string,
  settings: GroupDocument | ProfileDocument = {},
  { actor = localActor() }: ChangeOptions = {},
): Promise<Preset> {
  checkDocument(kind, name, settings);
  return await db.transaction().execute(async (t) => {
    if ((await known(t, kind)).has(name)) throw fail('preset-exists', { kind, name });
    await writeChange(t, actor, `${kind} add ${name}`, [{ kind, name, after: settings }]);
    return await showPreset(t, kind, name);
  });
}

/** Changes one piece by piece. @throws SlipwayError `node/no-preset`, and as writeChange of change.ts */
export async function changePreset(
  db: Db,
  kind: PresetKind,
  name: string,
  edit: Edit,
  { actor = localActor(), summary = `${kind} set ${name}` }: ChangeOptions & { summary?: string } = {},
): Promise<Preset> {
  return await db.transaction().execute(async (t) => {
    const all = await known(t, kind);
    const before = all.get(name);
    if (!before) throw missing(kind, name, [...all.keys()]);
    await writeChange(t, actor, summary, [{ kind, name, before, after: edited(before, edit) }]);
    return await showPreset(t, kind, name);
  });
}

/** @throws SlipwayError `node/no-preset`, `node/preset-in-use` */
export async function removePreset(
  db: Db,
  kind: PresetKind,
  name: string,
  { actor = localActor() }: ChangeOptions = {},
): Promise<Preset> {
  return await db.transaction().execute(async (t) => {
    const removed = await showPreset(t, kind, name);
    await writeChange(t, actor, `${kind} rm ${name}`, [{ kind, name, before: removed.settings }]);
    return removed;
  });
}

async function known(
  db: Db,
  kind: PresetKind,
): Promise<ReadonlyMap<string, GroupDocument | ProfileDocument>> {
  const presets = await readPresets(db);
  return kind === 'group' ? presets.groups : presets.profiles;
}

function missing(kind: PresetKind, name: string, names: readonly string[]): Error {
  const near = closest(name, names);
  return fail('no-preset', { kind, name, near: near ? `Did you mean ${near}? ` : '' });
}

async function groupCounts(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('membership')
    .select(['name', (e) => e.fn.countAll<number | string>().as('count')])
    .where('kind', '=', 'group')
    .groupBy('name')
    .execute();
  return new Map(rows.map((row) => [row.name, Number(row.count)]));
}

/** A node counts once, whether it names the profile itself or its groups do. */
async function profileCounts(db: Db): Promise<Map<string, number>> {
  const { rows } = await sql<{ name: string; count: number }>`
    select name, count(*) as count from (
      select name, node_id from membership where kind = 'profile'
      union
      select p.value as name, m.node_id from preset g, json_each(g.document, '$.profiles') p
        join membership m on m.kind = 'group' and m.name = g.name
        where g.kind = 'group'
    ) group by name`.execute(db);
  return new Map(rows.map((row) => [row.name, row.count]));
}
