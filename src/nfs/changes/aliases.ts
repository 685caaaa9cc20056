/**
 * Files of the shared tree that have several names. Once a node has written to one through an overlay with an index,
 * all names show the new content, but only those that were looked at stand in the upper directory: the others lead to
 * it by the index (`work/index`), and so does a file whose written name was removed since. Without the index, as over
 * another tree, they would show the old content again. Kernel documentation, filesystems/overlayfs, "Index"
 */
import { link, lstat, readdir } from 'node:fs/promises';
import { attributeNames } from '../../build/attribute-names.ts';
import { under } from '../../image/tree-files.ts';
import { run, runBytes } from '../../system/process.ts';
import { likeDirectories } from './attributes.ts';

/**
 * Puts these names into `upper`, as further names of the file that the index has. Nobody writes in any of them.
 * @param index on the file system of `upper`; need not be there
 */
export async function addAliases(
  upper: string,
  index: string,
  base: string,
  signal?: AbortSignal,
): Promise<void> {
  const written: { entry: string; inode: bigint }[] = [];
  for (const entry of await readdir(index).catch(() => [] as string[])) {
    const inode = inodeOf(entry);
    if (inode === undefined) continue;
    const info = await lstat(`${index}/${entry}`);
    // A character device is the mark that all names were removed.
    if (!info.isDirectory() && !(info.isCharacterDevice() && info.rdev === 0)) written.push({ entry, inode });
  }
  if (written.length === 0) return;
  const names = await severalNames(base, signal);
  if (!written.some(({ inode }) => names.has(inode))) return;
  const opaque = await attributeNames(upper, '^trusted\\.overlay\\.opaque$', signal);
  for (const { entry, inode } of written)
    for (const path of names.get(inode) ?? []) {
      const way = await wayTo(upper, path, opaque);
      if (!way) continue;
      const above = under(upper, path.slice(0, path.lastIndexOf('/')));
      await likeDirectories(base, upper, way, signal);
      const { mtimeNs } = await lstat(above, { bigint: true });
      await link(`${index}/${entry}`, under(upper, path));
      await setTime(above, mtimeNs, signal);
    }
}

/** A new name in a directory is none that the node made: its time stays. Node's own call has no nanoseconds. */
async function setTime(path: Buffer, nanoseconds: bigint, signal?: AbortSignal): Promise<void> {
  const [seconds, rest] = [nanoseconds / 1_000_000_000n, nanoseconds % 1_000_000_000n];
  const date = `--date=@${seconds}.${String(rest).padStart(9, '0')}`;
  const input = Buffer.concat([path, Buffer.alloc(1)]);
  await run(['xargs', '--null', 'touch', '--no-create', '-m', date, '--'], { input, signal });
}

/** Directories that are missing in `upper` on the way to `path`; nothing if what the shared tree has there does not show. */
async function wayTo(
  upper: string,
  path: string,
  opaque: ReadonlyMap<string, unknown>,
): Promise<string[] | undefined> {
  const missing: string[] = [];
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const here = end < 0 ? path : path.slice(0, end);
    const info = missing.length > 0 ? undefined : await lstat(under(upper, here)).catch(() => undefined);
    if (end < 0) return info ? undefined : missing;
    if (!info) missing.push(here);
    else if (!info.isDirectory() || opaque.has(here)) return undefined;
  }
}

/**
 * The inode that an entry of the index stands for: its name is a file handle of overlayfs in hexadecimal digits
 * (`struct ovl_fh`: version, 0xfb, length, flags, type, 16 bytes of the file system's id, then its own handle). Those of ext4,
 * xfs and btrfs begin with the inode number, of 4 bytes where all is 8 bytes long, else of 8; tmpfs has 4 bytes before.
 */
export function inodeOf(entry: string): bigint | undefined {
  if (!/^00fb[0-9a-f]+$/.test(entry)) return undefined;
  const handle = Buffer.from(entry, 'hex').subarray(21);
  const type = Number.parseInt(entry.slice(8, 10), 16);
  if (handle.length === 8) return BigInt(handle.readUInt32LE(0));
  if (handle.length < 12) return undefined;
  return handle.readBigUInt64LE(type === 1 ? 4 : 0);
}

/** Shared trees never change: looked through once. */
const known = new Map<string, Promise<Map<bigint, string[]>>>();

/** What is no directory and has several names, by inode. */
async function severalNames(base: string, signal?: AbortSignal): Promise<Map<bigint, string[]>> {
  const before = known.get(base);
  if (before) return await before;
  const look = async () => {
    const argv = ['find', base, '-xdev', '!', '-type', 'd', '-links', '+1', '-printf', '%i /%P\\0'];
    const found = new Map<bigint, string[]>();
    for (const line of (await runBytes(argv, { signal })).toString('latin1').split('\0')) {
      const at = line.indexOf(' ');
      if (at < 0) continue;
      const inode = BigInt(line.slice(0, at));
      found.set(inode, [...(found.get(inode) ?? []), line.slice(at + 1)]);
    }
    return found;
  };
  const looking = look();
  known.set(base, looking);
  looking.catch(() => known.delete(base));
  return await looking;
}
