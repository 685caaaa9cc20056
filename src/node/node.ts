/** A node as everybody sees it, and how it is read from the registry. */
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { chunks } from './expand.ts';

export type Architecture = NodeTable['architecture'];

export interface Node {
  /** Stays when the node is renamed. */
  id: string;
  name: string;
  /** Normalized, in the order they were given. */
  macs: string[];
  architecture: Architecture;
  /** Kernel arguments of this node, after those of the image. */
  arguments: string[];
  /** Reference: a tag is looked up at each boot. */
  image?: string;
  mode?: string;
  /** IPv4 address that full DHCP reserves. */
  address?: string;
  origin: NodeTable['origin'];
  /** ISO times. */
  created: string;
  updated: string;
}

/** Nodes by id; all of them without `ids`. Sorted by name. */
export async function readNodes(db: Db, ids?: readonly string[]): Promise<Node[]> {
  if (ids === undefined) {
    const rows = await db.selectFrom('node').selectAll().orderBy('name').execute();
    return assemble(rows, await db.selectFrom('node_mac').selectAll().orderBy('position').execute());
  }
  const nodes: Node[] = [];
  for (const part of chunks(ids)) {
    const rows = await db.selectFrom('node').selectAll().where('id', 'in', part).execute();
    const macs = await db
      .selectFrom('node_mac')
      .selectAll()
      .where('node_id', 'in', part)
      .orderBy('position')
      .execute();
    nodes.push(...assemble(rows, macs));
  }
  return nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The node that has this (normalized) MAC address. */
export async function nodeByMac(db: Db, mac: string): Promise<Node | undefined> {
  const row = await db
    .selectFrom('node_mac')
    .innerJoin('node', 'node.id', 'node_mac.node_id')
    .selectAll('node')
    .where('node_mac.mac', '=', mac)
    .executeTakeFirst();
  return row && assemble([row], [{ mac, node_id: row.id }])[0];
}

function assemble(rows: readonly NodeTable[], macs: readonly { mac: string; node_id: string }[]): Node[] {
  const byNode = Map.groupBy(macs, (row) => row.node_id);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    macs: (byNode.get(row.id) ?? []).map((m) => m.mac),
    architecture: row.architecture,
    arguments: JSON.parse(row.arguments) as string[],
    image: row.image ?? undefined,
    mode: row.mode ?? undefined,
    address: row.address ?? undefined,
    origin: row.origin,
    created: new Date(row.created).toISOString(),
    updated: new Date(row.updated).toISOString(),
  }));
}
