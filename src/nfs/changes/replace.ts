/** Other data in the place of what nodes have: what refreshing and restoring share. */
import { foldBriefly } from '../../nodeset/fold.ts';
import { diskFull } from '../../system/disk-full.ts';
import { silent } from '../../system/events.ts';
import { attach, detach } from '../attach.ts';
import { nodeEntry } from '../entries.ts';
import { fail } from '../errors.ts';
import { reconcileExports } from '../exports/reconcile.ts';
import { kinds } from '../kinds/index.ts';
import { sweepNodes, writeNodeTrees, type NodesContext } from '../nodes.ts';
import { readNodeTree, type NodeTree } from '../records.ts';
import { exportedNode, nodeData } from '../store.ts';

/**
 * Puts new trees into the place of old ones. Nobody can write to the old ones any more when `make` begins. A record
 * that was replaced counts, also where a later one could not be: who has which is asked of the records afterwards.
 * The caller holds the lock of the image's trees.
 * @param next old record to new record, with other `data`
 * @param make makes the data of all new ones
 * @throws SlipwayError `nfs/busy` before anything was made; `nfs/no-space`, `nfs/not-mounted`, and of `make`
 */
export async function replaceTrees(
  context: Omit<NodesContext, 'catalog'>,
  image: string,
  next: ReadonlyMap<NodeTree, NodeTree>,
  { force, make }: { force: boolean; make: () => Promise<void> },
): Promise<void> {
  if (next.size === 0) return;
  const { installation, db, sink, signal } = context;
  const { paths } = installation;
  const nodes = [...next.keys()].map(({ node }) => node);
  try {
    await leave(context, image, nodes, force);
    await make();
    signal?.throwIfAborted();
    await writeNodeTrees(paths, [...next.values()]);
  } catch (error) {
    await settle(context, image, nodes).catch(() => {});
    if (!diskFull(error)) throw error;
    const what = `Changing trees of ${image} for ${foldBriefly(nodes)}`;
    throw fail('no-space', { path: paths.nfs, what }, { cause: error });
  }
  const entries = [...next.values()].map((tree) => nodeEntry(paths, tree));
  const { failed, output } = await attach(paths, entries);
  const about = nodes.map((node) => exportedNode(paths, image, node));
  await reconcileExports(installation, db, sink, undefined, { about });
  for (const [kind, some] of Map.groupBy(next.keys(), (tree) => tree.kind))
    await kinds[kind].remove(some.map((tree) => nodeData(paths, tree)));
  const [path] = failed;
  if (path !== undefined) throw fail('not-mounted', { count: failed.length, path }, { output });
}

/**
 * Neither exported nor mounted any more; with `force` those that use them go on alone, with what nobody else sees.
 * @throws SlipwayError `nfs/busy`
 */
async function leave(
  { installation, db, signal }: Omit<NodesContext, 'catalog'>,
  image: string,
  nodes: readonly string[],
  force: boolean,
): Promise<void> {
  const { paths } = installation;
  const at = new Map(nodes.map((node) => [exportedNode(paths, image, node), node]));
  await reconcileExports(installation, db, silent, signal, { without: new Set(at.keys()) });
  const busy = await detach([...at.keys()], { lazy: force });
  if (busy.length === 0) return;
  const holders = 'The NFS server, or somebody with a directory there, still holds them.';
  throw fail('busy', { image, nodes: foldBriefly(busy.flatMap((one) => at.get(one) ?? [])), holders });
}

/** After an error: what no record names goes, what the records name is mounted. */
async function settle(
  { installation, db }: Omit<NodesContext, 'catalog'>,
  image: string,
  nodes: readonly string[],
): Promise<void> {
  const { paths } = installation;
  await sweepNodes(paths, image);
  const trees = await Promise.all(nodes.map(async (node) => await readNodeTree(paths, image, node)));
  const known = trees.filter((tree) => tree !== undefined);
  await attach(paths, known.map((tree) => nodeEntry(paths, tree))); // prettier-ignore
  await reconcileExports(installation, db, silent);
}
