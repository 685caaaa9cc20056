/**
 * Mounts an image in the host's own mount namespace, so that it stays when the command
 * ends. Where the host shares its mounts with other namespaces (services with a private
 * /tmp have copies), an unmount must reach these copies too: propagation stays the host's.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { SlipwayError } from '../system/errors.ts';
import { mountTable, type TableEntry } from '../system/mount-table.ts';
import { run } from '../system/process.ts';
import { PLAIN, type Lower } from '../system/sandbox.ts';
import { fail } from './errors.ts';
import { mountsBelow } from './mountinfo.ts';
import { makeUpper } from './upper.ts';

/** What stands in the kernel's list as source, to be known again in any namespace. */
export const sourceOf = (directory: string): string => `slipway:${directory}`;

export const treeOf = (directory: string): string => join(directory, 'mnt');

/** Whether the tree itself is mounted, and by us. */
export async function isAttached(directory: string): Promise<boolean> {
  const source = sourceOf(directory);
  return (await mountsBelow(treeOf(directory))).some(
    (one) => one.type === 'overlay' && one.source === source,
  );
}

/**
 * Mounts `lowers` (lowest first) with `upper` at `directory/mnt`. Device nodes of the image
 * are dead there (nodev): an image may hold some, and they would be this host's disks.
 * @returns the tree
 * @throws SlipwayError `mount/refused`
 */
export async function attach(directory: string, image: string, lowers: readonly Lower[]): Promise<string> {
  const tree = treeOf(directory);
  for (const name of ['overlay', 'mnt', 'blobs', 'empty'])
    await mkdir(join(directory, name), { recursive: true, mode: 0o755 });
  try {
    const table: TableEntry[] = [];
    const below: string[] = [];
    for (const [i, lower] of lowers.entries()) below.push(await lowerPath(directory, i, lower, table));
    const file = join(directory, 'fstab');
    if (table.length > 0) await run(await mountTable(file, table));
    const here = await realpath(directory);
    await makeUpper(join(directory, 'upper'), join(here, below.at(-1) ?? 'empty'));
    const lowerdir = below.length > 0 ? below.toReversed().join(':') : 'empty';
    // Not volatile, as builds are: it outlives us.
    const options = `nodev,lowerdir=${lowerdir},upperdir=upper,workdir=overlay,${PLAIN}`;
    // Relative to the directory: mount(2) has 4096 bytes for all options, and ':' and ',' may stand in absolute paths.
    const overlay = { source: sourceOf(directory), target: tree, type: 'overlay', options };
    await run(await mountTable(file, [overlay]), { cwd: here });
    return tree;
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'process/failed') throw cause;
    throw fail('refused', { image, path: tree }, { cause, output: cause.output });
  }
}

/** A build layer's directory as it is, a packed layer through a loop device that goes with its mount. */
async function lowerPath(
  directory: string,
  index: number,
  lower: Lower,
  table: TableEntry[],
): Promise<string> {
  if ('directory' in lower) return relative(await realpath(directory), await realpath(lower.directory));
  const at = join(directory, 'blobs', String(index));
  await mkdir(at, { recursive: true });
  table.push({ source: lower.blob, target: at, type: lower.format, options: 'loop,ro,nodev,nosuid' });
  return `blobs/${index}`;
}
