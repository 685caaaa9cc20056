/** As RackHD's image builder does it: debootstrap, the kernel's own initramfs by mkinitramfs, squashfs with gzip. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../row.ts';
import { call, kernelOf, kernelVersion, squash, weigh, type Made } from './by-hand.ts';
import type { Wanted } from './wanted.ts';

/** One tree for both; RackHD bootstraps a second one for the initramfs. `directory` must not exist. */
export async function debootstrap(
  bench: Bench,
  wanted: Wanted,
  mirror: string,
  directory: string,
): Promise<Made> {
  await mkdir(directory);
  const tree = join(directory, 'tree');
  const packed = join(directory, 'root.squashfs');
  const start = performance.now();
  await call(
    bench,
    [
      'debootstrap',
      '--variant=minbase',
      `--include=${wanted.packages.join(',')}`,
      wanted.suite,
      tree,
      mirror,
    ],
    { INITRD: 'No' }, // Once, below, and not with every package that would like one.
  );
  const version = await kernelVersion(tree);
  const initramfs = `/boot/initrd.img-${version}`;
  await call(bench, ['chroot', tree, 'mkinitramfs', '-o', initramfs, version]);
  await squash(bench, tree, packed, []);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, bytes: await weigh(packed, join(tree, initramfs), await kernelOf(tree)) };
}
