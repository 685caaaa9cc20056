/**
 * The one writer of the registry. A change is a list of documents before and
 * after; it is written whole or not at all, together with its record of who and
 * when, from which it can be undone.
 */
import { createHash, randomUUIDv7 } from 'node:crypto';
import { userInfo } from 'node:os';
import { zstdCompressSync } from 'node:zlib';
import { sql } from 'kysely';
import { among, insertMany } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { closest } from '../system/closest.ts';
import type { SlipwayError } from '../system/errors.ts';
import { checkDocument } from './check.ts';
import { fail } from './errors.ts';
import { macsOf } from './node.ts';
import { readPresets } from './presets.ts';
import type { GroupDocument, NodeDocument, ProfileDocument } from './schema.ts';

/** Who changes the registry, and by what face. */
export interface Actor {
  who: string;
  via: 'cli' | 'api' | 'server';
  /** Tags of the documents as this actor knows them: a change of any other is refused. */
  match?: readonly string[];
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
 * Writes a change inside of the caller's transaction. Entries whose documents are the same are passed over;
 * new nodes get their ids, and documents are normalized, in place.
 * @returns the revision it makes, or nothing if there was nothing to change
 * @throws SlipwayError `node/changed`, `node/bad-document`, `node/mac-taken`, `node/address-taken`, `node/unknown-preset`, `node/preset-in-use`
 */
export async function writeChange(
  t: Db,
  actor: Actor,
  summary: string,
  all: readonly Entry[],
  undoes?: number,
): Promise<number | undefined> {
  for (const { kind, name, before } of actor.match ? all : [])
    if (!actor.match?.includes(tagOf(before))) throw fail('changed', { kind, name });
  for (const entry of all)
    if (entry.after !== undefined) entry.after = checkDocument(entry.kind, entry.name, entry.after);
  // Worked out once: of 100,000 nodes it is most of the time that is not the database's.
  const texts = new Map<Entry, string>();
  const entries = all.filter((one) => {
    const text = canonical(one.after);
    texts.set(one, text);
    return canonical(one.before) !== text;
  });
  if (entries.length === 0) return undefined;
  const at = Date.now();
  for (const entry of entries)
    if (entry.kind !== 'node') await writePreset(t, entry.kind, entry.name, entry.after, at);
  await writeNodes(
    t,
    entries.filter((entry) => entry.kind === 'node'),
    texts,
    at,
  );
  await checkPresets(t, entries);
  const row = await t
    .insertInto('change')
    .values({
      at,
      who: actor.who,
      via: actor.via,
      summary: oneLine(summary),
      undoes: undoes ?? null,
      count: entries.length,
      entries: zstdCompressSync(JSON.stringify(entries)),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (row.id > KEPT)
    await t
      .deleteFrom('change')
      .where('id', '<=', row.id - KEPT)
      .execute();
  return row.id;
}

/** Changes that are remembered. */
const KEPT = 10_000;

/** What a summary says comes from command lines and requests, and ends on terminals. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

/** JSON with sorted keys, and without what is empty: two documents that say the same are the same text. */
export function canonical(document: unknown): string {
  return document === undefined ? '' : JSON.stringify(tidy(document));
}

/** Names what a document says: two that say the same have the same tag. */
export function tagOf(document: unknown): string {
  return createHash('sha256').update(canonical(document)).digest('hex').slice(0, 32);
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

async function writeNodes(
  t: Db,
  entries: readonly NodeEntry[],
  texts: ReadonlyMap<Entry, string>,
  at: number,
): Promise<void> {
  const gone = entries.filter((entry) => entry.after === undefined).flatMap((entry) => entry.id ?? []);
  if (gone.length > 0) await t.deleteFrom('node').where('id', 'in', among(gone)).execute();
  const kept = entries.flatMap((entry) =>
    entry.after === undefined
      ? []
      : [{ ...entry, after: entry.after, id: (entry.id ??= randomUUIDv7()), text: texts.get(entry) ?? '' }],
  );
  // What stays as it is stays untouched: a new image for 100,000 nodes does not write their MAC addresses anew.
  const macs = kept.filter(differIn(({ macs, interfaces }) => [macs, interfaces]));
  const members = kept.filter(differIn(({ groups, profiles }) => [groups, profiles]));
  const addresses = kept.filter(differIn(({ address }) => address));
  await clear(t, 'node_mac', macs);
  await clear(t, 'membership', members);
  // Two nodes may swap their addresses in one change.
  const moved = addresses.filter((one) => one.before?.address !== undefined).map((one) => one.id);
  if (moved.length > 0)
    await t.updateTable('node').set({ address: null }).where('id', 'in', among(moved)).execute();
  await checkAddresses(t, addresses);
  await insertMany(
    t,
    'node',
    ['id', 'name', 'address', 'origin', 'created', 'updated', 'document'],
    kept.map((one) => ({
      id: one.id,
      name: one.name,
      address: one.after.address ?? null,
      origin: one.origin ?? ('admin' as const),
      created: at,
      updated: at,
      document: one.text,
    })),
    { key: 'id', update: ['address', 'updated', 'document'] },
  );
  await writeMacs(t, macs);
  const rows = members.flatMap(({ id, after }) =>
    (['group', 'profile'] as const).flatMap((kind) =>
      [...new Set(after[`${kind}s`])].map((name, position) => ({ node_id: id, kind, name, position })),
    ),
  );
  await insertMany(t, 'membership', ['node_id', 'kind', 'name', 'position'], rows);
}

type Kept = NodeEntry & { id: string; after: NodeDocument };

function differIn(part: (document: NodeDocument) => unknown): (entry: Kept) => boolean {
  const text = (document: NodeDocument) => JSON.stringify(part(document));
  return ({ before, after }) => before === undefined || text(before) !== text(after);
}

async function clear(t: Db, table: 'node_mac' | 'membership', kept: readonly Kept[]): Promise<void> {
  const ids = kept.filter((one) => one.before !== undefined).map((one) => one.id);
  if (ids.length > 0) await t.deleteFrom(table).where('node_id', 'in', among(ids)).execute();
}

/** Whose a MAC address is already is looked up first, for an error that says it. */
async function writeMacs(t: Db, kept: readonly Kept[]): Promise<void> {
  const owners = new Map<string, string>();
  const rows = kept.flatMap(({ id, name, after }) =>
    macsOf(after).map((mac, position) => {
      const owner = owners.get(mac);
      if (owner !== undefined) throw fail('mac-taken', { mac, node: owner, other: name });
      owners.set(mac, name);
      return { mac, node_id: id, position };
    }),
  );
  if (rows.length === 0) return;
  const taken = await t
    .selectFrom('node_mac')
    .innerJoin('node', 'node.id', 'node_mac.node_id')
    .select(['node_mac.mac', 'node.name'])
    .where('node_mac.mac', 'in', among([...owners.keys()]))
    .limit(1)
    .executeTakeFirst();
  if (taken)
    throw fail('mac-taken', { mac: taken.mac, node: taken.name, other: owners.get(taken.mac) ?? '' });
  await insertMany(t, 'node_mac', ['mac', 'node_id', 'position'], rows);
}

async function checkAddresses(t: Db, kept: readonly Kept[]): Promise<void> {
  const owners = new Map<string, string>();
  for (const { name, after } of kept) {
    if (after.address === undefined) continue;
    const owner = owners.get(after.address);
    if (owner !== undefined)
      throw fail('address-taken', { address: after.address, node: owner, other: name });
    owners.set(after.address, name);
  }
  if (owners.size === 0) return;
  const row = await t
    .selectFrom('node')
    .select(['address', 'name'])
    .where('address', 'in', among([...owners.keys()]))
    .limit(1)
    .executeTakeFirst();
  if (row)
    throw fail('address-taken', {
      address: row.address ?? '',
      node: row.name,
      other: owners.get(row.address ?? '') ?? '',
    });
}

/** Every group and profile that something names must be there when the change is complete. */
async function checkPresets(t: Db, entries: readonly Entry[]): Promise<void> {
  const { groups, profiles } = await readPresets(t);
  const known = { group: groups, profile: profiles };
  for (const { kind, name, after } of entries) {
    if (after === undefined && kind !== 'node') await refuseUsed(t, kind, name);
    if (after === undefined || kind === 'profile') continue;
    const named = { profile: after.profiles ?? [], group: kind === 'node' ? (after.groups ?? []) : [] };
    for (const wanted of ['group', 'profile'] as const)
      for (const one of named[wanted])
        if (!known[wanted].has(one))
          throw unknownPreset(wanted, one, `${kind} ${name}`, [...known[wanted].keys()]);
  }
  const removed = new Set(entries.flatMap((e) => (e.kind === 'profile' && !e.after ? e.name : [])));
  for (const [name, group] of groups)
    for (const profile of group.profiles ?? [])
      if (removed.has(profile))
        throw fail('preset-in-use', { kind: 'profile', name: profile, user: `group ${name}` });
}

async function refuseUsed(t: Db, kind: 'group' | 'profile', name: string): Promise<void> {
  const user = await t
    .selectFrom('membership')
    .innerJoin('node', 'node.id', 'membership.node_id')
    .select(['node.name', sql<number | string>`count(*) over ()`.as('count')])
    .where('membership.kind', '=', kind)
    .where('membership.name', '=', name)
    .limit(1)
    .executeTakeFirst();
  if (!user) return;
  const more = Number(user.count) > 1 ? ` and ${Number(user.count) - 1} more` : '';
  throw fail('preset-in-use', { kind, name, user: `node ${user.name}${more}` });
}

/** @param known names of its kind that there are, for a suggestion */
export function unknownPreset(
  kind: 'group' | 'profile',
  name: string,
  user: string,
  known: readonly string[],
): SlipwayError {
  const near = closest(name, known);
  return fail('unknown-preset', { kind, name, user, near: near ? `Did you mean ${near}? ` : '' });
}
