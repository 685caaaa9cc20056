/**
 * The registry of nodes. Each function is one transaction: all nodes that it
 * names are changed, or none.
 */
import { randomUUID } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { fail } from './errors.ts';
import { chunks, expandNames, expandNodes } from './expand.ts';
import { normalizeMac } from './mac.ts';
import { readNodes, type Architecture, type Node } from './node.ts';

/** What can be said of a node; what is left out stays as it is. Image and mode: see assignment.ts. */
export interface NodeSettings {
  /** Replaces all that the node has. One node at a time. */
  macs?: readonly string[];
  architecture?: Architecture;
  /** Replaces all that the node has. */
  arguments?: readonly string[];
  /** IPv4 to reserve in full DHCP. One node at a time. */
  address?: string;
}

export type Unsettable = 'macs' | 'arguments' | 'address' | 'image' | 'mode';

/**
 * Adds nodes. @param expr names, see expand.ts
 * @throws SlipwayError `node/exists`, `node/mac-taken`, `node/bad-mac`, `node/one-only`, `boot/bad-argument`, …
 */
export async function addNodes(
  db: Db,
  expr: string,
  settings: NodeSettings = {},
  origin: NodeTable['origin'] = 'admin',
): Promise<Node[]> {
  const names = expandNames(expr);
  const values = check(settings, names.length);
  return await db.transaction().execute(async (t) => {
    const taken: string[] = [];
    for (const part of chunks(names)) {
      const rows = await t.selectFrom('node').select('name').where('name', 'in', part).execute();
      taken.push(...rows.map((row) => row.name));
    }
    if (taken.length > 0) throw fail('exists', { names: taken.join(', ') });
    const now = Date.now();
    const rows = names.map((name) => ({
      id: randomUUID(),
      name,
      architecture: values.architecture ?? ('amd64' as const),
      arguments: values.arguments ?? '[]',
      origin,
      created: now,
      updated: now,
    }));
    for (const part of chunks(rows)) await t.insertInto('node').values(part).execute();
    const ids = rows.map((row) => row.id);
    await setUnique(t, ids, values);
    return await readNodes(t, ids);
  });
}

/** Changes nodes. @throws as {@link addNodes}, `node/unknown` */
export async function setNodes(db: Db, expr: string, settings: NodeSettings): Promise<Node[]> {
  return await db.transaction().execute(async (t) => {
    const ids = (await expandNodes(t, expr)).map((node) => node.id);
    const values = check(settings, ids.length);
    const { architecture, arguments: args } = values;
    await update(t, ids, {
      ...(architecture && { architecture }),
      ...(args !== undefined && { arguments: args }),
    });
    await setUnique(t, ids, values);
    return await readNodes(t, ids);
  });
}

/** Takes settings away. @throws SlipwayError `node/unknown` */
export async function unsetNodes(db: Db, expr: string, fields: readonly Unsettable[]): Promise<Node[]> {
  return await db.transaction().execute(async (t) => {
    const ids = (await expandNodes(t, expr)).map((node) => node.id);
    const change: Partial<NodeTable> = {};
    for (const field of fields) {
      if (field === 'macs')
        for (const part of chunks(ids)) await t.deleteFrom('node_mac').where('node_id', 'in', part).execute();
      else if (field === 'arguments') change.arguments = '[]';
      else change[field] = null;
    }
    await update(t, ids, change);
    return await readNodes(t, ids);
  });
}

/** Nodes, sorted by name; all of them without `expr`. @throws SlipwayError `node/unknown` */
export async function listNodes(db: Db, expr?: string): Promise<Node[]> {
  if (expr === undefined) return await readNodes(db);
  return await readNodes(
    db,
    (await expandNodes(db, expr)).map((node) => node.id),
  );
}

/** One node. @throws SlipwayError `node/unknown` */
export async function showNode(db: Db, name: string): Promise<Node> {
  const [node] = await listNodes(db, name);
  if (!node) throw fail('unknown', { names: name, near: '' });
  return node;
}

/** Removes nodes; their boot records stay until they expire. Returns what was removed. @throws SlipwayError `node/unknown` */
export async function removeNodes(db: Db, expr: string): Promise<Node[]> {
  return await db.transaction().execute(async (t) => {
    const ids = (await expandNodes(t, expr)).map((node) => node.id);
    const nodes = await readNodes(t, ids);
    for (const part of chunks(ids)) await t.deleteFrom('node').where('id', 'in', part).execute();
    return nodes;
  });
}

/** Writes the same columns of several nodes. */
export async function update(db: Db, ids: readonly string[], change: Partial<NodeTable>): Promise<void> {
  const values = { ...change, updated: Date.now() };
  for (const part of chunks(ids)) await db.updateTable('node').set(values).where('id', 'in', part).execute();
}

interface Checked {
  macs?: string[];
  address?: string;
  architecture?: Architecture;
  arguments?: string;
}

function check(settings: NodeSettings, count: number): Checked {
  if (settings.macs && settings.macs.length > 0 && count !== 1)
    throw fail('one-only', { what: 'MAC address', count });
  if (settings.address !== undefined && count !== 1)
    throw fail('one-only', { what: 'reserved address', count });
  if (settings.address !== undefined && !isIPv4(settings.address))
    throw fail('bad-address', { address: JSON.stringify(settings.address) });
  return {
    macs: settings.macs && [...new Set(settings.macs.map(normalizeMac))],
    address: settings.address,
    architecture: settings.architecture,
    arguments: settings.arguments && JSON.stringify(settings.arguments.map(checkKernelArgument)),
  };
}

/** MAC addresses and address: whose they are is looked up first, for an error that says it. */
async function setUnique(db: Db, ids: readonly string[], { macs, address }: Checked): Promise<void> {
  const [id] = ids;
  if (id === undefined) return;
  if (address !== undefined) {
    const owner = await db
      .selectFrom('node')
      .select(['id', 'name'])
      .where('address', '=', address)
      .executeTakeFirst();
    if (owner && owner.id !== id) throw fail('address-taken', { address, node: owner.name });
    await update(db, [id], { address });
  }
  if (macs === undefined) return;
  await db
    .deleteFrom('node_mac')
    .where('node_id', 'in', [...ids])
    .execute();
  if (macs.length === 0) return;
  const owner = await db
    .selectFrom('node_mac')
    .innerJoin('node', 'node.id', 'node_mac.node_id')
    .select(['node_mac.mac', 'node.name'])
    .where('node_mac.mac', 'in', macs)
    .executeTakeFirst();
  if (owner) throw fail('mac-taken', { mac: owner.mac, node: owner.name });
  await db
    .insertInto('node_mac')
    .values(macs.map((mac, position) => ({ mac, node_id: id, position })))
    .execute();
}
