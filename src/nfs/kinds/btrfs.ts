import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../remove-tree.ts';
import { applyChanges } from './apply.ts';
import type { TreeKind } from './kind.ts';
import { bindEntry, bytesOf, difference, upperOf, type Untouched } from './plain.ts';
import { listTree } from './transfer.ts';
import { subvolumes } from './subvolumes.ts';

/** statfs(2) */
const BTRFS = 0x9123_683e;

/** Whether trees in `store` are to be subvolumes. */
export async function isBtrfs(store: string): Promise<boolean> {
  return (await statfs(store)).type === BTRFS;
}

/** A snapshot has the times of what it was made of. */
const untouched: Untouched = (now, was) => now.changed === was.changed;

/** Each node has a snapshot of the shared tree, which is a subvolume. `data`: `root`. */
export const btrfs: TreeKind = {
  name: 'btrfs',
  description: 'a snapshot of the tree for each node',
  async unusable(store) {
    await mkdir(store, { recursive: true, mode: 0o700 });
    if (!(await isBtrfs(store))) return 'it is not on btrfs';
    return (await subvolumes()) ? undefined : 'this system has no library by which Slipway could make them';
  },
  async create(all, base, context) {
    const library = await subvolumes();
    if (!library) throw new Error('subvolumes cannot be made');
    for (const data of all) {
      context.signal?.throwIfAborted();
      await mkdir(data, { mode: 0o700 });
      library.snapshot(base, data, 'root');
      if (context.changes !== undefined) await applyChanges(context.changes, join(data, 'root'), context);
    }
  },
  entry: bindEntry,
  async changes(data, base, context) {
    const root = join(data, 'root');
    const was = await listTree(base, context.signal);
    return await upperOf(root, await difference(root, was, untouched, context.signal), context);
  },
  async sizes(all, base, signal) {
    const was = await listTree(base, signal);
    const sizes: number[] = [];
    for (const data of all) sizes.push(bytesOf(await difference(join(data, 'root'), was, untouched, signal)));
    return sizes;
  },
  async remove(all) {
    const library = await subvolumes();
    for (const data of all) library?.remove(data, 'root');
    await removeTree(...all);
  },
};
