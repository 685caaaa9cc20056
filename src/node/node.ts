/** A node as everybody sees it, and how it is read from the registry. */
import { among } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { naturalCompare } from '../nodeset/natural.ts';
import { readPresets, currentPresets } from './presets.ts';
import { resolve, type Effective, type Presets } from './resolve.ts';
import type { NodeDocument } from './schema.ts';

export type Architecture = Effective['architecture'];

/** What holds for a node, with the settings of its groups and profiles. */
export interface Node extends Effective {
  /** Stays the same over changes. */
  id: string;
  name: string;
  /** Normalized, in the order they were given; those of interfaces after the others. */
  macs: string[];
  /** IPv4 address that full DHCP reserves. */
  address?: string;
  origin: NodeTable['origin'];
  /** ISO times. */
  created: string;
  updated: string;
}

/** A node's own settings, as they are kept and changed. */
export interface OwnNode {
  id: string;
  name: string;
  origin: NodeTable['origin'];
  created: number;
  updated: number;
  document: NodeDocument;
}

/** Own settings of nodes by id; of all without `ids`. In no order. */
export async function readOwn(db: Db, ids?: readonly string[]): Promise<OwnNode[]> {
  const rows = await db
    .selectFrom('node')
    .selectAll()
    .$if(ids !== undefined, (q) => q.where('id', 'in', among(ids ?? [])))
    .execute();
  return rows.map(own);
}

function own(row: NodeTable): OwnNode {
  const { id, name, origin, created, updated } = row;
  return { id, name, origin, created, updated, document: JSON.parse(row.document) as NodeDocument };
}

/** Nodes by id; all of them without `ids`. In natural order of their names. */
export async function readNodes(db: Db, ids?: readonly string[]): Promise<Node[]> {
  const presets = await readPresets(db);
  const nodes = (await readOwn(db, ids)).map((one) => asNode(one, presets));
  return nodes.toSorted((a, b) => naturalCompare(a.name, b.name));
}

/** The node that has this (normalized) MAC address. */
export async function nodeByMac(db: Db, mac: string): Promise<Node | undefined> {
  const row = await db
    .selectFrom('node_mac')
    .innerJoin('node', 'node.id', 'node_mac.node_id')
    .selectAll('node')
    .where('node_mac.mac', '=', mac)
    .executeTakeFirst();
  return row && asNode(own(row), await currentPresets(db));
}

/** A node by its id, for the boot server: groups and profiles are kept until the registry changes. */
export async function currentNode(db: Db, id: string): Promise<Node | undefined> {
  const [one] = await readOwn(db, [id]);
  return one && asNode(one, await currentPresets(db));
}

/** What holds for a node of these own settings. */
export function asNode(one: OwnNode, presets: Presets): Node {
  const { id, name, origin, document } = one;
  return {
    id,
    name,
    macs: macsOf(document),
    ...resolve(document, presets),
    address: document.address,
    origin,
    created: new Date(one.created).toISOString(),
    updated: new Date(one.updated).toISOString(),
  };
}

/** MAC addresses that a node boots from. */
export function macsOf(document: NodeDocument): string[] {
  const cards = Object.values(document.interfaces ?? {}).flatMap((one) => one?.mac ?? []);
  return [...new Set([...(document.macs ?? []), ...cards])];
}
