/** What a node changes lies in a directory over the shared tree. Kernel documentation, filesystems/overlayfs */
import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { run } from '../../system/process.ts';
import { EXPORTED } from '../attach.ts';
import { removeTree } from '../remove-tree.ts';
import { copyChanges } from './apply.ts';
import type { TreeKind } from './kind.ts';
import { overlayUnusable } from './probe.ts';
import { likeRoot } from './root.ts';

/** File handles are those of the merged tree and stay good (nfs_export, which needs index); upper directories hold whole files. */
export const OVERLAY = 'index=on,nfs_export=on,redirect_dir=off,metacopy=off';

/** `data`: `upper`, `work`. */
export const overlay: TreeKind = {
  name: 'overlay',
  description: 'what a node changes, in a directory over the shared tree',
  unusable: async (store) => await overlayUnusable(store, OVERLAY),
  async create(all, base, { changes, signal }) {
    for (const data of all) {
      signal?.throwIfAborted();
      await mkdir(data, { mode: 0o700 });
      await mkdir(join(data, 'work'), { mode: 0o700 });
      if (changes !== undefined) await copyChanges(changes, join(data, 'upper'), signal);
    }
    if (changes === undefined)
      await likeRoot(
        base,
        all.map((data) => join(data, 'upper')),
      );
  },
  entry(data, base, at, store) {
    const [lower, here] = [relative(store, base), relative(store, data)];
    const options = `lowerdir=${lower},upperdir=${here}/upper,workdir=${here}/work,${OVERLAY},${EXPORTED}`;
    return { source: `slipway:${here}`, target: at, type: 'overlay', options };
  },
  changes: async (data) => ({ upper: join(data, 'upper'), async [Symbol.asyncDispose]() {} }),
  async sizes(all, _base, signal) {
    const input = all.map((data) => `${join(data, 'upper')}\0`).join('');
    const argv = ['du', '--summarize', '--block-size=1', '--files0-from=-'];
    // 1: something went while it was looked at.
    const { stdout } = await run(argv, { input, okCodes: [0, 1], signal });
    const lines = stdout.split('\n').map((line) => line.split('\t'));
    const found = new Map(lines.map(([size, path]) => [path, Number(size)]));
    return all.map((data) => found.get(join(data, 'upper')) ?? 0);
  },
  remove: async (all) => await removeTree(...all),
};
