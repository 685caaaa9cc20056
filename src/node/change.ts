/**
 * The one writer of the registry. A change is a list of documents before and
 * after; it is written whole or not at all, together with its record of who and
 * when, from which it can be undone.
 */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { zstdCompressSync } from 'node:zlib';
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { fail } from './errors.ts';
import { chunks } from './expand.ts';
import { macsOf } from './node.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from './schema.ts';

/** Who changes the registry, and by what face. */
export interface Actor {
  who: string;
  via: 'cli' | 'api' | 'server';
}

interface Common<K, D> {
  kind: K;
  name: string;
  /** Nothing: it was not there. */
  before?: D;
  /** Nothing: it is removed. */
  after?: D;
}
export interface NodeEntry extends Common<'node', NodeDocument> {
  /** Of a node that is there; a new one may bring its own. */
  id?: string;
  origin?: NodeTable['origin'];
}
/** One document of a change. */
export type Entry = NodeEntry | Common<'group', GroupDocument> | Common<'profile', ProfileDocument>;

/** The user of this process; behind sudo the one who called it. */
export function localActor(): Actor {
  return { who: process.env['SUDO_USER'] || userInfo().username, via: 'cli' };
}

export const SERVER: Actor = { who: 'slipway', via: 'server' };

/**
 * Writes a change inside of the caller's transaction. Entries whose documents are the same are passed over.
 * @returns the revision it makes, or nothing if there was nothing to change
 * @throws SlipwayError `node/mac-taken`, `node/address-taken`, `node/unknown-preset`, `node/preset-in-use`
 */
export async function writeChange(
  t: Db,
  actor: Actor,
  summary: string,
  all: readonly Entry[],
  undoes?: number,
): Promise<number | undefined> {
  const entries = all.filter((one) => canonical(one.before) !== canonical(one.after));
  if (entries.length === 0) return undefined;
  const at = Date.now();
  for (const entry of entries)
    if (entry.kind !== 'node') await writePreset(t, entry.kind, entry.name, entry.after, at);
  await writeNodes(
    t,
    entries.filter((entry) => entry.kind === 'node'),
    at,
  );
  await checkMemberships(t, entries);
  const row = await t
    .insertInto('change')
    .values({
      at,
      who: actor.who,
      via: actor.via,
      summary: summary.slice(0, 1000),
      undoes: undoes ?? null,
      count: entries.length,
      entries: zstdCompressSync(JSON.stringify(entries)),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** JSON with sorted keys, and without what is empty: two documents that say the same are the same text. */
export function canonical(document: unknown): string {
  return document === undefined ? '' : JSON.stringify(tidy(document));
}

/** Sorted keys; what says nothing (undefined, empty lists and records at the top) is left out. */
export function tidy(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((one) => tidy(one, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value)
    .filter(([, one]) => one !== undefined && !(depth === 0 && isEmpty(one)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, one]) => [key, tidy(one, depth + 1)]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

async function writePreset(
  t: Db,
  kind: 'group' | 'profile',
  name: string,
  after: GroupDocument | ProfileDocument | undefined,
  at: number,
): Promise<void> {
  if (after === undefined) {
    await t.deleteFrom('preset').where('kind', '=', kind).where('name', '=', name).execute();
    return;
  }
  const document = JSON.stringify(tidy(after));
  await t
    .insertInto('preset')
    .values({ kind, name, document, created: at, updated: at })
    .onConflict((c) => c.columns(['kind', 'name']).doUpdateSet({ document, updated: at }))
    .execute();
}

async function writeNodes(t: Db, entries: readonly NodeEntry[], at: number): Promise<void> {
  const gone = entries.filter((entry) => entry.after === undefined).flatMap((entry) => entry.id ?? []);
  for (const part of chunks(gone)) await t.deleteFrom('node').where('id', 'in', part).execute();
  const kept = entries.flatMap((entry) =>
    entry.after === undefined ? [] : [{ ...entry, after: entry.after, id: (entry.id ??= randomUUID()) }],
  );
  for (const part of chunks(kept.filter((one) => one.before !== undefined).map((one) => one.id))) {
    await t.deleteFrom('node_mac').where('node_id', 'in', part).execute();
    await t.deleteFrom('membership').where('node_id', 'in', part).execute();
    // Two nodes may swap their addresses in one change.
    await t.updateTable('node').set({ address: null }).where('id', 'in', part).execute();
  }
  await checkAddresses(t, kept);
  for (const part of chunks(kept))
    await t
      .insertInto('node')
      .values(
        part.map((one) => ({
          id: one.id,
          name: one.name,
          address: one.after.address ?? null,
          origin: one.origin ?? ('admin' as const),
          created: at,
          updated: at,
          document: JSON.stringify(tidy(one.after)),
        })),
      )
      .onConflict((c) =>
        c.column('id').doUpdateSet((e) => ({
          address: e.ref('excluded.address'),
          updated: e.ref('excluded.updated'),
          document: e.ref('excluded.document'),
        })),
      )
      .execute();
  await writeMacs(t, kept);
  const memberships = kept.flatMap(({ id, after }) => [
    ...[...new Set(after.groups)].map((name, position) => ({
      node_id: id,
      kind: 'group' as const,
      name,
      position,
    })),
    ...[...new Set(after.profiles)].map((name, position) => ({
      node_id: id,
      kind: 'profile' as const,
      name,
      position,
    })),
  ]);
  for (const part of chunks(memberships)) await t.insertInto('membership').values(part).execute();
}

type Kept = NodeEntry & { id: string; after: NodeDocument };

/** Whose a MAC address is already is looked up first, for an error that says it. */
async function writeMacs(t: Db, kept: readonly Kept[]): Promise<void> {
  const owners = new Map<string, string>();
  const rows = kept.flatMap(({ id, name, after }) =>
    macsOf(after).map((mac, position) => {
      const owner = owners.get(mac);
      if (owner !== undefined) throw fail('mac-taken', { mac, node: owner });
      owners.set(mac, name);
      return { mac, node_id: id, position };
    }),
  );
  for (const part of chunks(rows)) {
    const taken = await t
      .selectFrom('node_mac')
      .innerJoin('node', 'node.id', 'node_mac.node_id')
      .select(['node_mac.mac', 'node.name'])
      .where(
        'node_mac.mac',
        'in',
        part.map((row) => row.mac),
      )
      .executeTakeFirst();
    if (taken) throw fail('mac-taken', { mac: taken.mac, node: taken.name });
    await t.insertInto('node_mac').values(part).execute();
  }
}

async function checkAddresses(t: Db, kept: readonly Kept[]): Promise<void> {
  const owners = new Map<string, string>();
  for (const { name, after } of kept) {
    if (after.address === undefined) continue;
    const owner = owners.get(after.address);
    if (owner !== undefined) throw fail('address-taken', { address: after.address, node: owner });
    owners.set(after.address, name);
  }
  for (const part of chunks([...owners.keys()])) {
    const row = await t
      .selectFrom('node')
      .select(['address', 'name'])
      .where('address', 'in', part)
      .executeTakeFirst();
    if (row) throw fail('address-taken', { address: row.address ?? '', node: row.name });
  }
}

/** Every group and profile that something names must be there when the change is complete. */
async function checkMemberships(t: Db, entries: readonly Entry[]): Promise<void> {
  const lost = await t
    .selectFrom('membership')
    .leftJoin('preset', (j) =>
      j.onRef('preset.kind', '=', 'membership.kind').onRef('preset.name', '=', 'membership.name'),
    )
    .innerJoin('node', 'node.id', 'membership.node_id')
    .select(['membership.kind', 'membership.name', 'node.name as node'])
    .where('preset.name', 'is', null)
    .executeTakeFirst();
  const removed = (kind: string, name: string) =>
    entries.some((e) => e.kind === kind && e.name === name && e.after === undefined);
  if (lost) throw missing(lost.kind, lost.name, `node ${lost.node}`, removed(lost.kind, lost.name));
  const presets = await t.selectFrom('preset').selectAll().execute();
  const profiles = new Set(presets.filter((one) => one.kind === 'profile').map((one) => one.name));
  for (const { kind, name, document } of presets) {
    if (kind !== 'group') continue;
    for (const profile of (JSON.parse(document) as GroupDocument).profiles ?? [])
      if (!profiles.has(profile))
        throw missing('profile', profile, `group ${name}`, removed('profile', profile));
  }
}

function missing(kind: string, name: string, user: string, removed: boolean): Error {
  return removed ? fail('preset-in-use', { kind, name, user }) : fail('unknown-preset', { kind, name, user });
}
