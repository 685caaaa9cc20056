/** A node gets back what it had changed when a snapshot was made, and the generation that it stood on. */
import { join } from 'node:path';
import { task } from '../../system/events.ts';
import { refuseBooted } from '../booted.ts';
import { fail } from '../errors.ts';
import { makeTree } from '../golden.ts';
import { kinds } from '../kinds/index.ts';
import { lockNodes, newData, sweepNodes, type NodesContext } from '../nodes.ts';
import { hasTree, type NodeTree } from '../records.ts';
import { chosen } from '../remove.ts';
import { nodeData, treeRoot } from '../store.ts';
import { replaceTrees } from './replace.ts';
import { findSnapshot } from './snapshot.ts';
import { snapshotDirectory, type Snapshot } from './snapshots.ts';

/**
 * What the node has changed since is gone; the snapshot stays.
 * @throws SlipwayError `nfs/not-in-image`, `nfs/no-snapshot`, `nfs/booted`, `nfs/busy`, `nfs/no-space`, `nfs/no-snapshot-tree`
 */
export async function restoreNode(
  context: NodesContext,
  image: string,
  node: string,
  name: string,
  { force = false }: { force?: boolean } = {},
): Promise<Snapshot> {
  const { installation, sink, signal } = context;
  const { paths } = installation;
  using _ = await lockNodes(context, image, `restoring ${node}`);
  const [tree] = await chosen(context, image, [node]);
  const snapshot = await findSnapshot(context, image, node, name);
  if (!tree) throw fail('no-tree', { node, image });
  if (!force) await refuseBooted(context, image, [node]);
  await sweepNodes(paths, image);
  await ensureTree(context, snapshot);
  const { base, generation } = snapshot;
  const next: NodeTree = { ...tree, base, generation, data: newData(), refreshed: new Date().toISOString() };
  const changes = join(snapshotDirectory(paths, image, node, name), 'upper');
  const make = async () =>
    await kinds[tree.kind].create([nodeData(paths, next)], treeRoot(paths, base), { installation, sink, signal, changes }); // prettier-ignore
  await task(sink, `restore ${node}`, async () => {
    await replaceTrees(context, image, new Map([[tree, next]]), { force, make });
  });
  return snapshot;
}

/** It stays as long as there is a snapshot, unless somebody removed it by hand: then it is made again. */
async function ensureTree(
  context: NodesContext,
  { base, name, node, image, generation }: Snapshot,
): Promise<void> {
  const { installation, catalog, sink, signal } = context;
  if (await hasTree(installation.paths, base)) return;
  const found = await catalog.resolve(base).catch(() => undefined);
  if (!found) throw fail('no-snapshot-tree', { name, node, ref: `${image}:${generation}` });
  await makeTree({ installation, catalog, image: found, sink, signal });
}
