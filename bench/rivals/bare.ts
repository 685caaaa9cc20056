/** The same image by bare commands: mmdebstrap with everything in one go, stock dracut, mksquashfs. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { Bench } from '../row.ts';
import { call, dracutIn, kernelOf, squash, weigh, type Made } from './by-hand.ts';
import type { Wanted } from './wanted.ts';

/** What dracut needs to be called in the tree. */
export const DRACUT_PACKAGES = ['dracut-core', 'zstd'];

/** Leaves `tree` and `root.squashfs` in `directory`, which must not exist. */
export async function bare(bench: Bench, wanted: Wanted, mirror: string, directory: string): Promise<Made> {
  await mkdir(directory);
  const tree = join(directory, 'tree');
  const packed = join(directory, 'root.squashfs');
  const start = performance.now();
  await call(
    bench,
    [
      'mmdebstrap', '--mode=root', '--format=directory', `--variant=${wanted.variant}`,
      `--include=${[...wanted.packages, ...DRACUT_PACKAGES].join(',')}`,
      ...wanted.exclude.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
      wanted.suite, tree, mirror,
    ],
    { INITRD: 'No' }, // Else the kernel's package makes an initramfs too, which nobody wants.
  ); // prettier-ignore
  const initramfs = await dracutIn(bench, tree);
  await squash(bench, tree, packed, ['-comp', 'zstd', '-Xcompression-level', String(wanted.level)]);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, bytes: await weigh(packed, initramfs, await kernelOf(tree)) };
}
