/** The distribution's mkosi, for the tree; then the same two commands as by hand, since its own images have no initramfs for the network. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../row.ts';
import { DRACUT_PACKAGES } from './bare.ts';
import { call, dracutIn, squash, weigh, type Made } from './by-hand.ts';
import type { Wanted } from './wanted.ts';

/** mkosi(1) of version 14. `directory` must not exist. */
export async function mkosi(bench: Bench, wanted: Wanted, mirror: string, directory: string): Promise<Made> {
  await mkdir(directory);
  const tree = join(directory, 'tree');
  const packed = join(directory, 'root.squashfs');
  const start = performance.now();
  await call(
    bench,
    [
      'mkosi', `--directory=${directory}`, '--distribution=debian', `--release=${wanted.suite}`, `--local-mirror=${mirror}`,
      '--format=directory', `--output=${tree}`, '--bootable=no', '--with-docs=no',
      `--package=${[...wanted.packages, ...DRACUT_PACKAGES].join(',')}`, 'build',
    ],
    { INITRD: 'No' },
  ); // prettier-ignore
  const initramfs = await dracutIn(bench, tree);
  await squash(bench, tree, packed, ['-comp', 'zstd', '-Xcompression-level', String(wanted.level)]);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, bytes: await weigh(tree, packed, initramfs) };
}
