/** The distribution's mkosi, for the tree; then the same two commands as by hand, since its own images have no initramfs for the network. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../row.ts';
import { DRACUT_PACKAGES } from './bare.ts';
import { call, dracutIn, kernelOf, squash, weigh, type Made } from './by-hand.ts';
import type { Wanted } from './wanted.ts';

/** mkosi(1) of version 14. `directory` must not exist. */
export async function mkosi(bench: Bench, wanted: Wanted, mirror: string, directory: string): Promise<Made> {
  const tree = join(directory, 'tree');
  const packed = join(directory, 'root.squashfs');
  const skeleton = await oneArchive(directory, wanted.suite);
  const start = performance.now();
  await call(
    bench,
    [
      'mkosi', `--directory=${directory}`, '--distribution=debian', `--release=${wanted.suite}`,
      `--mirror=${mirror}`, `--skeleton-tree=${skeleton}`, '--format=directory', `--output=${tree}`, '--bootable=no',
      '--nspawn-keep-unit', // Else it needs a running systemd.
      `--package=${[...wanted.packages, ...DRACUT_PACKAGES].join(',')}`, 'build',
    ],
    { INITRD: 'No' },
  ); // prettier-ignore
  const initramfs = await dracutIn(bench, tree);
  await squash(bench, tree, packed, ['-comp', 'zstd', '-Xcompression-level', String(wanted.level)]);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, bytes: await weigh(packed, initramfs, await kernelOf(tree)) };
}

/** Takes away the further archives that it would ask, over the network. Its --local-mirror would do so, but apt refuses what that writes. */
async function oneArchive(directory: string, suite: string): Promise<string> {
  const lists = join(directory, 'skeleton/etc/apt/sources.list.d');
  await mkdir(lists, { recursive: true });
  for (const archive of ['updates', 'security']) await writeFile(join(lists, `${suite}-${archive}.list`), '');
  return join(directory, 'skeleton');
}
