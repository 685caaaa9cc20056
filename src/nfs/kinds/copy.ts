import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../system/process.ts';
import { removeTree } from '../remove-tree.ts';
import { applyChanges } from './apply.ts';
import type { TreeKind } from './kind.ts';
import { listTree } from './transfer.ts';
import { bindEntry, bytesOf, copiedBetween, difference, upperOf } from './plain.ts';

/** What the two kinds that copy have in common. `data`: `root`, and the files `from` and `to`. @param how of cp(1) */
export const copying = (
  how: string,
): Pick<TreeKind, 'create' | 'entry' | 'changes' | 'sizes' | 'remove'> => ({
  async create(all, base, context) {
    const { changes, signal } = context;
    for (const data of all) {
      await mkdir(data, { mode: 0o700 });
      const root = join(data, 'root');
      await writeFile(join(data, 'from'), '');
      const keep = ['--archive', '--preserve=xattr', '--sparse=auto', how, '--no-target-directory'];
      await run(['cp', ...keep, '--', base, root], { signal });
      // Times of files have the steps of the kernel's clock, 10 ms at most: what was copied is older than what comes.
      await sleep(20, undefined, { signal });
      await writeFile(join(data, 'to'), '');
      if (changes !== undefined) await applyChanges(changes, root, context);
    }
  },
  entry: bindEntry,
  async changes(data, base, context) {
    const root = join(data, 'root');
    const was = await listTree(base, context.signal);
    const found = await difference(root, was, await copiedBetween(data), context.signal);
    return await upperOf(root, found, context);
  },
  async sizes(all, base, signal) {
    const was = await listTree(base, signal);
    const sizes: number[] = [];
    for (const data of all)
      sizes.push(bytesOf(await difference(join(data, 'root'), was, await copiedBetween(data), signal)));
    return sizes;
  },
  remove: async (all) => await removeTree(...all),
});

export const copy: TreeKind = {
  name: 'copy',
  description: 'a whole copy of the tree for each node',
  unusable: async () => undefined,
  ...copying('--reflink=auto'),
};
