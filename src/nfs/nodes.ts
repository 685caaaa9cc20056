/** What adding, removing, refreshing and mounting trees of nodes share. */
import { randomBytes } from 'node:crypto';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import type { Db } from '../db/database.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import { checkName } from '../system/names.ts';
import { lock, type Lock } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { detach } from './attach.ts';
import { flush } from './flush.ts';
import { recordText } from '../system/record-file.ts';
import { listNodeTrees, readNodeTree, unreadableRecords, unreadableTrees, type NodeTree } from './records.ts';
import { removeTree } from './remove-tree.ts';
import { exportedNode, imageDirectory, nodeDirectory } from './store.ts';

export interface NodesContext {
  installation: Installation;
  catalog: Catalog;
  /** The registry: exports follow its addresses. Without it they follow the addresses that nodes had before. */
  db?: Db;
  sink: Sink;
  signal?: AbortSignal;
}

/** Milliseconds to wait for somebody else who works on trees of the same image. */
const WAIT = 3_600_000;

export const nodesLock = (image: string): string => `nfs-nodes-${image}`;

/** Under it alone trees of nodes of an image are made, changed and removed. */
export async function lockNodes(
  { installation, sink, signal }: Pick<NodesContext, 'installation' | 'sink' | 'signal'>,
  image: string,
  what: string,
): Promise<Lock> {
  checkName('Image', image);
  return await lock(installation.paths.locks, nodesLock(image), what, { wait: WAIT, sink, signal });
}

/** A name for `NodeTree.data`. */
export const newData = (): string => `data-${randomBytes(4).toString('hex')}`;

/** Writes many records: what they name is on the disk when the first can be seen, and so are they when this returns. */
export async function writeNodeTrees(paths: Paths, trees: readonly NodeTree[]): Promise<void> {
  if (trees.length === 0) return;
  await flush(paths.nfs);
  for (const tree of trees) {
    const directory = nodeDirectory(paths, tree.image, tree.node);
    const half = join(directory, '.tmp-node.json');
    await writeFile(half, recordText(tree), { mode: 0o600 });
    await rename(half, join(directory, 'node.json'));
  }
  await flush(paths.nfs);
}

/**
 * Removes what a record names no more, or not yet: directories of nodes without a record, data that another has
 * taken the place of, halves of records. The caller holds the lock of the image. Returns the paths.
 */
export async function sweepNodes(paths: Paths, image: string): Promise<string[]> {
  const removed: string[] = [];
  const top = imageDirectory(paths, image);
  for (const node of await readdir(top).catch(() => [] as string[])) {
    const record = await readNodeTree(paths, image, node);
    const directory = join(top, node);
    const inside = await readdir(directory).catch(() => [] as string[]);
    // One that cannot be read, of a newer version or damaged, is no reason to throw away what a node has.
    if (!record && inside.includes('node.json')) continue;
    const unknown = inside.filter(
      (one) => one.startsWith('.tmp-') || (one.startsWith('data-') && one !== record?.data),
    );
    if (unknown.length > 0 || !record) {
      // Still mounted where a refresh was killed, or a removal: what a node uses now stays until it does not.
      if (!record && (await detach([exportedNode(paths, image, node)])).length > 0) continue;
      removed.push(...unknown.map((one) => join(directory, one)));
    }
    if (record) continue;
    // Changes that were saved stay.
    if (inside.every((one) => unknown.includes(one))) removed.push(directory);
  }
  await removeTree(...removed);
  return removed;
}

/** What records name that cannot be read: told, or nobody would know why it is not there, or cannot be changed. */
export async function tellUnreadable(paths: Paths, sink: Sink, image?: string): Promise<void> {
  const tell = (path: string, what: string) =>
    sink({ event: 'notice', level: 'warning', message: `The record ${path} cannot be read: ${what}` });
  for (const path of await unreadableRecords(paths, image))
    tell(path, 'its tree is left alone, neither mounted nor exported');
  for (const path of await unreadableTrees(paths))
    tell(path, 'its tree is mounted and exported all the same. To have it written anew: remove it, and publish the image again'); // prettier-ignore
}

/** Names that have no tree of an image. */
export async function missingNodes(paths: Paths, image: string, nodes: readonly string[]): Promise<string[]> {
  const have = new Set((await listNodeTrees(paths, image)).map(({ node }) => node));
  return nodes.filter((node) => !have.has(node));
}
