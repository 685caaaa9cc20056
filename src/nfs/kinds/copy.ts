import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../system/process.ts';
import { removeTree } from '../remove-tree.ts';
import { applyChanges } from './apply.ts';
import { bindEntry, comparedChanges } from './plain.ts';
import type { TreeKind } from './kind.ts';

/** `data`: `root`. */
export const copy: TreeKind = {
  name: 'copy',
  description: 'a whole copy of the tree for each node',
  unusable: async () => undefined,
  async create(all, base, { changes, signal }) {
    for (const data of all) {
      await mkdir(data, { mode: 0o700 });
      const root = join(data, 'root');
      await run(['cp', '--archive', '--preserve=xattr', '--no-target-directory', '--', base, root], {
        signal,
      });
      if (changes !== undefined) await applyChanges(changes, root, signal);
    }
  },
  entry: bindEntry,
  changes: comparedChanges,
  remove: async (data) => await removeTree(data),
};
