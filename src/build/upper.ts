/** What an upper directory goes through before it is a layer. The overlay over it is not mounted any more. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../system/process.ts';
import { attributeNames } from './attribute-names.ts';

/**
 * /var/log/journal gets ACLs from systemd-tmpfiles at each boot anyway; left in the tree
 * they would keep the whole layer from being a squashfs.
 */
export async function dropLogAcls(upper: string): Promise<void> {
  const directory = join(upper, 'var/log');
  for (const path of [join(upper, 'var'), directory])
    if (!(await lstat(path).catch(() => undefined))?.isDirectory()) return;
  await run(['setfacl', '--recursive', '--physical', '--remove-all', directory]);
}

/** Bookkeeping of overlayfs that depends on inode numbers of this host; opaque directories and whiteouts stay. */
const HOST_XATTRS = ['origin', 'impure', 'uuid', 'nlink', 'upper', 'protattr'];

/**
 * Removes what overlayfs keeps for itself in an upper directory and what holds on this host, with these lowers, only.
 * Returns which files have POSIX ACLs or opaque directories' mark, by path as {@link attributeNames}.
 */
export async function dropHostAttributes(
  upper: string,
  signal?: AbortSignal,
): Promise<Map<string, string[]>> {
  const found = await attributeNames(upper, '^(trusted\\.overlay|system\\.posix_acl)', signal);
  const paths = new Map<string, Map<bigint, Buffer>>();
  for (const [path, names] of found)
    for (const name of names.filter((one) => HOST_XATTRS.includes(one.replace('trusted.overlay.', '')))) {
      const file = Buffer.concat([Buffer.from(upper), Buffer.from(path, 'latin1')]);
      const all = paths.get(name) ?? new Map<bigint, Buffer>();
      // Of a file with several names once: by the first it is gone from all.
      paths.set(name, all.set((await lstat(file, { bigint: true })).ino, file));
    }
  const remove = async (name: string, files: Iterable<Buffer>) => {
    const input = Buffer.concat([...files].flatMap((file) => [file, Buffer.alloc(1)]));
    await run(['xargs', '--null', 'setfattr', '--no-dereference', `--remove=${name}`, '--'], { signal, input }); // prettier-ignore
  };
  await Promise.all([...paths].map(async ([name, files]) => await remove(name, files.values())));
  return found;
}

/** Makes a layer's bytes independent of host and time: no newer file than the epoch, no host-bound attributes. True if it has POSIX ACLs. */
export async function normalize(upper: string, epoch: number, signal?: AbortSignal): Promise<boolean> {
  const found = await dropHostAttributes(upper, signal);
  const date = `@${epoch}`;
  // -newermt compares the time of last change of content; find follows no links by itself.
  await run(
    ['find', upper, '-newermt', date, '-exec', 'touch', '--no-dereference', `--date=${date}`, '{}', '+'],
    { signal },
  );
  return [...found.values()].some((names) => names.some((name) => name.startsWith('system.posix_acl')));
}

/** Bytes of regular files below `path`. */
export async function contentSize(path: string): Promise<number> {
  const sizes = await run(['find', path, '-type', 'f', '-printf', '%s\\n']);
  return sizes.stdout.split('\n').reduce((sum, line) => sum + Number(line || 0), 0);
}
