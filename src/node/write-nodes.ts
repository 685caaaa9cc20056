/** Rows of nodes, and of what is looked up by: MAC addresses, reserved addresses, memberships. */
import { randomUUIDv7 } from 'node:crypto';
import { among, insertMany } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import type { Entry, NodeEntry } from './entry.ts';
import { fail } from './errors.ts';
import { macsOf } from './node.ts';
import type { NodeDocument } from './schema.ts';

/** @param texts documents as they are kept */
export async function writeNodes(
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
