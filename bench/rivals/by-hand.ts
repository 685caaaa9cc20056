/** What administrators call by hand when they have a root tree. */
import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from '../row.ts';

/** What a contender made. */
export interface Made {
  seconds: number;
  /** Bytes of packed root, kernel and initramfs. */
  bytes: number;
}

/** Runs one tool in the bench's namespace. */
export async function call(
  bench: Bench,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  await bench.namespace.run(argv, {
    signal: bench.signal,
    env: { DEBIAN_FRONTEND: 'noninteractive', ...env },
  });
}

/** The version of the only kernel in a tree. */
export async function kernelVersion(tree: string): Promise<string> {
  const [version, ...more] = await readdir(join(tree, 'usr/lib/modules'));
  if (version === undefined || more.length > 0) throw new Error(`${tree} does not have exactly one kernel`);
  return version;
}

/** Stock dracut in the tree, for any machine; with /proc, /sys and /dev as it wants them. Returns the path of the initramfs. */
export async function dracutIn(bench: Bench, tree: string): Promise<string> {
  for (const directory of ['proc', 'sys', 'dev'])
    await call(bench, ['mount', '--rbind', `/${directory}`, join(tree, directory)]);
  const version = await kernelVersion(tree);
  const output = `/boot/initramfs-${version}`;
  await call(bench, ['chroot', tree, 'dracut', '--no-hostonly', '--force', '--quiet', output, version]);
  for (const directory of ['proc', 'sys', 'dev'])
    await call(bench, ['umount', '--recursive', '--lazy', join(tree, directory)]);
  return join(tree, output);
}

/** The tree without kernel and initramfs, which are files of their own. */
export async function squash(
  bench: Bench,
  tree: string,
  output: string,
  compression: readonly string[],
  exclude: readonly string[] = [],
): Promise<void> {
  const argv = ['mksquashfs', tree, output, '-noappend', '-no-progress', '-quiet', ...compression];
  await call(bench, [...argv, '-wildcards', '-e', 'boot/*', 'proc/*', 'sys/*', 'dev/*', ...exclude]);
}

/** Where Debian has the kernel of a tree. */
export async function kernelOf(tree: string): Promise<string> {
  return join(tree, 'boot', `vmlinuz-${await kernelVersion(tree)}`);
}

/** Checks that all parts of a bootable image are there, and adds them up. */
export async function weigh(root: string, initramfs: string, kernel: string): Promise<number> {
  let sum = 0;
  for (const file of [root, kernel, initramfs]) {
    await access(file);
    sum += (await stat(file)).size;
  }
  return sum;
}
