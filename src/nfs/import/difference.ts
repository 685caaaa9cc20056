/** What a whole root tree, of whatever origin, has other than another: as changes of a node. */
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareTrees, type FileChange } from '../../image/compare-trees.ts';
import { parentOf, under, unshown } from '../../image/tree-files.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { KindContext, NodeChanges } from '../kinds/kind.ts';
import { upperOf } from '../kinds/plain.ts';
import { listTree } from '../kinds/transfer.ts';
import { inStore } from '../work.ts';

export interface DifferenceOptions {
  /** `tree` is a copy of `from` that lost all owners: a file that is root's, and else the same, has not changed. */
  ownersLost?: boolean;
}

export interface Differences extends NodeChanges {
  /** Paths that differ, those of removed directories alone. */
  count: number;
  /** Files that were taken for unchanged though they are root's. */
  owners: number;
}

/**
 * Compares content, owners, modes and attributes, not times. Nobody's links are followed. What is in `tree` may be
 * changed meanwhile: then it is as of some moment.
 */
export async function differencesOf(
  from: string,
  tree: string,
  context: KindContext,
  { ownersLost = false }: DifferenceOptions = {},
): Promise<Differences> {
  const { installation, signal } = context;
  const paths = inStore(installation.paths);
  const [base, now] = [await listTree(from, signal), await listTree(tree, signal)];
  const touched = new Set<string>();
  const removed: string[] = [];
  let owners = 0;
  {
    await using work = await workDirectory(paths, 'import');
    const open = async (name: string, directory: string) => {
      await mkdir(join(work.path, name));
      return await Sandbox.open(paths, join(work.path, name), [{ directory }], false);
    };
    await using before = await open('before', from);
    await using after = await open('after', tree);
    // Nothing is shared by them: everything is looked at.
    const [a, b] = [
      { tree: before, own: [] },
      { tree: after, own: [after.root] },
    ];
    for await (const one of compareTrees(a, b, signal)) {
      const path = one.path === '/' ? '' : unshown(one.path);
      if (one.change === 'removed') {
        if (now.get(parentOf(path))?.type === 'd') removed.push(path);
      } else if (ownersLost && onlyOwner(one) && (await isRoots(after.root, path))) owners++;
      else if (now.has(path)) touched.add(path);
    }
  }
  // A file with several names is one file: all of them, or the others would be another one.
  const inodes = new Set([...touched].flatMap((path) => (now.get(path)?.type === 'f' ? (now.get(path)?.inode ?? []) : []))); // prettier-ignore
  for (const [path, { type, inode }] of now) if (type === 'f' && inodes.has(inode)) touched.add(path);
  const found = { base, now, touched: [...touched], removed };
  const changes = await upperOf(tree, found, context);
  const dispose = async () => await changes[Symbol.asyncDispose]();
  return {
    upper: changes.upper,
    count: touched.size + removed.length,
    owners,
    [Symbol.asyncDispose]: dispose,
  };
}

const onlyOwner = ({ change, aspects = [] }: FileChange) =>
  change === 'changed' &&
  aspects.includes('owner') &&
  aspects.every((one) => one === 'owner' || one === 'xattrs');

async function isRoots(root: string, path: string): Promise<boolean> {
  const info = await lstat(under(root, path)).catch(() => undefined);
  return info?.uid === 0 && info.gid === 0;
}
