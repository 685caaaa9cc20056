/**
 * The registry of nodes. Each function is one transaction: all nodes that it
 * names are changed, or none.
 */
import { among } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import type { NodeTable } from '../db/tables.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import { writeChange } from './change.ts';
import { type Actor, localActor, type NodeEntry } from './entry.ts';
import { checkDocument } from './check.ts';
import { edited, type Edit, type Path } from './edit.ts';
import { fail } from './errors.ts';
import { expandNames, expandNodes } from './expand.ts';
import { readNodes, readOwn, type Node, type OwnNode } from './node.ts';
import { spread } from './patterns.ts';
import type { NodeDocument } from './schema.ts';

/** What can be said of a node. Values that differ between nodes may be patterns: patterns.ts. */
export type NodeSettings = Partial<NodeDocument>;

export interface ChangeOptions {
  /** Default: the user of this process. */
  actor?: Actor;
  origin?: NodeTable['origin'];
  /** Looks at the changed nodes before they are kept; what it throws takes the change back. */
  check?: (nodes: readonly Node[]) => Promise<void>;
}

/**
 * Adds nodes. @param expr names, see expand.ts
 * @throws SlipwayError `node/exists`, `node/mac-taken`, `node/bad-mac`, `node/one-only`, `node/pattern`, `boot/bad-argument`, …
 */
export async function addNodes(
  db: Db,
  expr: string,
  settings: NodeSettings = {},
  { actor = localActor(), origin = 'admin', check }: ChangeOptions = {},
): Promise<Node[]> {
  const names = expandNames(expr);
  const documents = documentsFor(expr, settings, names.length);
  return await db.transaction().execute(async (t) => {
    const rows = await t.selectFrom('node').select('name').where('name', 'in', among(names)).execute();
    if (rows.length > 0) throw fail('exists', { names: foldBriefly(rows.map((row) => row.name)) });
    const entries = names.map((name, i): NodeEntry => ({ kind: 'node', name, after: documents(i), origin }));
    await writeChange(t, actor, `node add ${expr}`, entries);
    const added = await readNodes(
      t,
      entries.map((entry) => entry.id ?? ''),
    );
    await check?.(added);
    return added;
  });
}

/**
 * Changes own settings of existing nodes, all or none: the one way in which commands do.
 * @param edit gets a copy of the node's own settings and returns what they shall be; `index` counts the nodes in the order of `expr`
 * @throws SlipwayError `node/unknown`, and as {@link writeChange}
 */
export async function editNodes(
  db: Db,
  expr: string,
  summary: string,
  edit: (document: NodeDocument, node: OwnNode, index: number) => NodeDocument,
  actor: Actor = localActor(),
  check?: ChangeOptions['check'],
): Promise<Node[]> {
  return await db.transaction().execute(async (t) => {
    const ids = (await expandNodes(t, expr)).map((node) => node.id);
    const order = new Map(ids.map((id, index) => [id, index]));
    const entries = (await readOwn(t, ids)).map((one): NodeEntry => {
      const { id, name, origin, document: before } = one;
      const after = edit(structuredClone(before), one, order.get(id) ?? 0);
      return { kind: 'node', id, name, origin, before, after };
    });
    await writeChange(t, actor, summary, entries);
    const changed = await readNodes(t, ids);
    await check?.(changed);
    return changed;
  });
}

/** Changes nodes piece by piece. @throws as {@link addNodes}, `node/unknown` */
export async function changeNodes(
  db: Db,
  expr: string,
  edit: Edit,
  { actor, check, summary }: ChangeOptions & { summary?: string } = {},
): Promise<Node[]> {
  const set = edit.set ?? {};
  const differs = set.macs ?? set.address ?? set.interfaces ?? set.bmc;
  const count = differs === undefined ? 1 : (await expandNodes(db, expr)).length;
  const sets = documentsFor(expr, set, count);
  const change = (document: NodeDocument, _node: OwnNode, index: number) =>
    edited(document, { ...edit, set: sets(differs === undefined ? 0 : index) });
  return await editNodes(db, expr, summary ?? `node set ${expr}`, change, actor, check);
}

/** Sets what is named; what is not stays, in records key by key. @throws as {@link changeNodes} */
export async function setNodes(
  db: Db,
  expr: string,
  settings: NodeSettings,
  options: ChangeOptions = {},
): Promise<Node[]> {
  return await changeNodes(db, expr, { set: settings }, options);
}

/** Takes settings away. @throws SlipwayError `node/unknown` */
export async function unsetNodes(
  db: Db,
  expr: string,
  paths: readonly (keyof NodeDocument | Path)[],
  options: ChangeOptions = {},
): Promise<Node[]> {
  const unset = paths.map((path): Path => (typeof path === 'string' ? [path] : path));
  const summary = `node unset ${expr}: ${unset.map((path) => path.join('.')).join(', ')}`;
  return await changeNodes(db, expr, { unset }, { ...options, summary });
}

/** Nodes, sorted by name; all of them without `expr`, none where that stands for none. @throws SlipwayError `node/unknown` */
export async function listNodes(db: Db, expr?: string): Promise<Node[]> {
  if (expr === undefined) return await readNodes(db);
  return await readNodes(
    db,
    (await expandNodes(db, expr, { none: true })).map((node) => node.id),
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

/** Checks what is said of `count` nodes, and tells what that is for each of them. */
function documentsFor(expr: string, settings: NodeSettings, count: number): (index: number) => NodeDocument {
  const documents = spread(settings, count);
  // The first stands for all: the writer checks each once more.
  if (count > 0) checkDocument('node', expr, documents(0), { names: false });
  return documents;
}
