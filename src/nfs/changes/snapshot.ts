/** Saving what a node changed, and throwing such away. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFull } from '../../system/disk-full.ts';
import { syncDirectory } from '../../system/durable.ts';
import { task } from '../../system/events.ts';
import { checkName } from '../../system/names.ts';
import { fail } from '../errors.ts';
import { flush } from '../flush.ts';
import { lockNodes, sweepNodes, type NodesContext } from '../nodes.ts';
import { chosen } from '../remove.ts';
import { removeTree } from '../remove-tree.ts';
import { nodeDirectory } from '../store.ts';
import { freeze } from './freeze.ts';
import { listSnapshots, snapshotDirectory, writeSnapshot, type Snapshot } from './snapshots.ts';

type SnapshotContext = Omit<NodesContext, 'catalog'>;

/**
 * Saves what a node changed, as of now, also while it is up. Blocks are shared with what it is saved from where the file
 * system can. @param name default: the time, such as 20260131-235959
 * @throws SlipwayError `nfs/not-in-image`, `nfs/snapshot-exists`, `nfs/no-space`, `name/invalid`
 */
export async function snapshotNode(
  context: SnapshotContext,
  image: string,
  node: string,
  name = stamp(new Date()),
): Promise<Snapshot> {
  const { installation, sink } = context;
  const { paths } = installation;
  checkName('Image', image);
  checkName('Snapshot', name);
  using _ = await lockNodes(context, image, `saving changes of ${node}`);
  const [tree] = await chosen(context, image, [node]);
  if (!tree) throw fail('no-tree', { node, image });
  if ((await listSnapshots(paths, image, node)).some((one) => one.name === name))
    throw fail('snapshot-exists', { node, image, name });
  await sweepNodes(paths, image);
  const { generation, base } = tree;
  const snapshot: Snapshot = { name, image, node, generation, base, created: new Date().toISOString() };
  // A name that `sweepNodes` knows as half made.
  const half = join(nodeDirectory(paths, image, node), `.tmp-snapshot-${randomBytes(4).toString('hex')}`);
  const made = snapshotDirectory(paths, image, node, name);
  await task(sink, `save changes of ${node}`, async () => {
    try {
      await mkdir(half, { mode: 0o700 });
      await using frozen = await freeze(context, tree);
      await rename(frozen.upper, join(half, 'upper'));
      await writeSnapshot(half, snapshot);
      await mkdir(join(made, '..'), { recursive: true, mode: 0o700 });
      await flush(half);
      await rename(half, made);
      await syncDirectory(join(made, '..'));
    } catch (error) {
      await removeTree(half);
      if (!diskFull(error)) throw error;
      const what = `The snapshot ${name} of ${node}`;
      throw fail('no-space', { path: paths.nfs, what }, { cause: error });
    }
  });
  return snapshot;
}

/** @throws SlipwayError `nfs/not-in-image`, `nfs/no-snapshot` */
export async function removeSnapshot(
  context: SnapshotContext,
  image: string,
  node: string,
  name: string,
): Promise<Snapshot> {
  const { paths } = context.installation;
  using _ = await lockNodes(context, image, `removing a snapshot of ${node}`);
  const snapshot = await findSnapshot(context, image, node, name);
  const half = join(nodeDirectory(paths, image, node), `.tmp-snapshot-${randomBytes(4).toString('hex')}`);
  await rename(snapshotDirectory(paths, image, node, name), half);
  await syncDirectory(nodeDirectory(paths, image, node));
  await removeTree(half);
  return snapshot;
}

/** What was saved of a node, the oldest first. @throws SlipwayError `nfs/not-in-image` */
export async function savedOf(
  context: Pick<NodesContext, 'installation'>,
  image: string,
  node: string,
): Promise<Snapshot[]> {
  await chosen(context, image, [node]);
  return await listSnapshots(context.installation.paths, image, node);
}

/** @throws SlipwayError `nfs/not-in-image`, `nfs/no-snapshot` */
export async function findSnapshot(
  context: Pick<NodesContext, 'installation'>,
  image: string,
  node: string,
  name: string,
): Promise<Snapshot> {
  const all = await savedOf(context, image, node);
  const found = all.find((one) => one.name === name);
  if (found) return found;
  const names = all.map((one) => one.name).join(', ');
  const known = all.length > 0 ? `It has ${names}.` : 'It has none.';
  throw fail('no-snapshot', { node, image, name, known });
}

/** 20260131-235959, in UTC. */
const stamp = (now: Date) => now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
