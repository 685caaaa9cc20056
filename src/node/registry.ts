/**
 * The registry of nodes. Each function is one transaction: all nodes that it
 * names are changed, or none.
 */
import { z } from 'zod';
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import { type Actor, localActor, writeChange, type NodeEntry } from './change.ts';
import { fail } from './errors.ts';
import { chunks, expandNames, expandNodes } from './expand.ts';
import { normalizeMac } from './mac.ts';
import { readNodes, readOwn, type Node, type OwnNode } from './node.ts';
import { NodeSchema, type NodeDocument } from './schema.ts';

/** What can be said of a node; what is left out stays as it is. Image and mode: see assignment.ts. */
export type NodeSettings = Partial<NodeDocument>;

export type Unsettable = Exclude<keyof NodeDocument, never>;

export interface ChangeOptions {
  /** Default: the user of this process. */
  actor?: Actor;
  origin?: NodeTable['origin'];
}

/**
 * Adds nodes. @param expr names, see expand.ts
 * @throws SlipwayError `node/exists`, `node/mac-taken`, `node/bad-mac`, `node/one-only`, `boot/bad-argument`, …
 */
export async function addNodes(
  db: Db,
  expr: string,
  settings: NodeSettings = {},
  { actor = localActor(), origin = 'admin' }: ChangeOptions = {},
): Promise<Node[]> {
  const names = expandNames(expr);
  const after = check(expr, settings, names.length);
  return await db.transaction().execute(async (t) => {
    const taken: string[] = [];
    for (const part of chunks(names)) {
      const rows = await t.selectFrom('node').select('name').where('name', 'in', part).execute();
      taken.push(...rows.map((row) => row.name));
    }
    if (taken.length > 0) throw fail('exists', { names: taken.join(', ') });
    const entries = names.map((name): NodeEntry => ({ kind: 'node', name, after, origin }));
    await writeChange(t, actor, `node add ${expr}`, entries);
    return await readNodes(
      t,
      entries.map((entry) => entry.id ?? ''),
    );
  });
}

/**
 * Changes own settings of existing nodes, all or none: the one way in which commands do.
 * @param edit gets a copy of the node's own settings and returns what they shall be
 * @throws SlipwayError `node/unknown`, and as {@link writeChange}
 */
export async function editNodes(
  db: Db,
  expr: string,
  summary: string,
  edit: (document: NodeDocument, node: OwnNode) => NodeDocument,
  actor: Actor = localActor(),
): Promise<Node[]> {
  return await db.transaction().execute(async (t) => {
    const ids = (await expandNodes(t, expr)).map((node) => node.id);
    const entries = (await readOwn(t, ids)).map((one): NodeEntry => {
      const { id, name, origin, document: before } = one;
      return { kind: 'node', id, name, origin, before, after: edit(structuredClone(before), one) };
    });
    await writeChange(t, actor, summary, entries);
    return await readNodes(t, ids);
  });
}

/** Changes nodes. @throws as {@link addNodes}, `node/unknown` */
export async function setNodes(
  db: Db,
  expr: string,
  settings: NodeSettings,
  { actor }: ChangeOptions = {},
): Promise<Node[]> {
  const count = settings.macs || settings.address !== undefined ? (await expandNodes(db, expr)).length : 1;
  const change = check(expr, settings, count);
  return await editNodes(db, expr, `node set ${expr}`, (document) => ({ ...document, ...change }), actor);
}

/** Takes settings away. @throws SlipwayError `node/unknown` */
export async function unsetNodes(
  db: Db,
  expr: string,
  fields: readonly Unsettable[],
  { actor }: ChangeOptions = {},
): Promise<Node[]> {
  const edit = (document: NodeDocument) => {
    for (const field of fields) delete document[field];
    return document;
  };
  return await editNodes(db, expr, `node unset ${expr}: ${fields.join(', ')}`, edit, actor);
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
export async function removeNodes(
  db: Db,
  expr: string,
  { actor = localActor() }: ChangeOptions = {},
): Promise<Node[]> {
  return await db.transaction().execute(async (t) => {
    const ids = (await expandNodes(t, expr)).map((node) => node.id);
    const nodes = await readNodes(t, ids);
    const entries = (await readOwn(t, ids)).map(({ id, name, origin, document }): NodeEntry => ({
      kind: 'node',
      id,
      name,
      origin,
      before: document,
    }));
    await writeChange(t, actor, `node rm ${expr}`, entries);
    return nodes;
  });
}

/** Checks and normalizes what a user says of nodes. */
function check(expr: string, settings: NodeSettings, count: number): NodeDocument {
  if (settings.macs && settings.macs.length > 0 && count !== 1)
    throw fail('one-only', { what: 'MAC address', count });
  if (settings.address !== undefined && count !== 1)
    throw fail('one-only', { what: 'reserved address', count });
  // These two have errors of their own, with what to do about them.
  settings.macs?.forEach(normalizeMac);
  settings.arguments?.forEach((one) => checkKernelArgument(one.replace(/^!/, '')));
  if (settings.address !== undefined && !z.ipv4().safeParse(settings.address).success)
    throw fail('bad-address', { address: JSON.stringify(settings.address) });
  const parsed = NodeSchema.safeParse(settings);
  if (parsed.success)
    return { ...parsed.data, ...(parsed.data.macs && { macs: [...new Set(parsed.data.macs)] }) };
  const issue = parsed.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  throw fail('bad-document', { kind: 'node', name: expr, path, message: issue?.message ?? 'is wrong' });
}
