import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isBtrfs } from './kinds/btrfs.ts';
import { subvolumes } from './kinds/subvolumes.ts';
import type { Sandbox } from '../system/sandbox.ts';

/** The directory that becomes the root of a tree: a subvolume where that can be, of which snapshots can be made. */
export async function makeRoot(directory: string): Promise<string> {
  const root = join(directory, 'root');
  const library = (await isBtrfs(directory)) ? await subvolumes() : undefined;
  if (library) library.create(directory, 'root');
  else await mkdir(root, { mode: 0o755 });
  return root;
}

/** Everything that a sandbox shows, into `root`: owners, hard links, extended attributes, holes. No link is followed. */
export async function copyTree(
  { namespace, merged }: Sandbox,
  root: string,
  signal?: AbortSignal,
): Promise<void> {
  const keep = ['--archive', '--preserve=xattr', '--sparse=always', '--no-target-directory'];
  await namespace.run(['cp', ...keep, '--', merged, root], { signal });
}
