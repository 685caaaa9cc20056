/**
 * The host's resolv.conf, lent to a mounted image. A file of its own and not a mount: programs
 * replace /etc/resolv.conf by a rename, and a mount would be in their way. Its first line tells
 * it from one that belongs to the image.
 */
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { plainPath, resolveInRoot } from '../system/in-root.ts';
import { isBelow } from './mountinfo.ts';

const MARK =
  '# Lent by slipway while the image is mounted. Without this line the file becomes part of the image.\n';

/**
 * Path in the tree (relative) where the host's resolv.conf is to be written; nothing if the image's own shall
 * stay. `covered`: what will be mounted over the tree.
 */
export async function resolverPlace(
  tree: string,
  upper: string,
  covered: readonly string[],
): Promise<string | undefined> {
  const name = await resolveInRoot(tree, '/etc/resolv.conf', false);
  const info = await lstat(name).catch(() => undefined);
  // A link into /run is handled once that is mounted; one to elsewhere is the image's own business.
  if (info?.isSymbolicLink() || info?.isDirectory()) return undefined;
  if (covered.some((top) => isBelow(name, top))) return undefined;
  if (!(await lstat(dirname(name)).catch(() => undefined))?.isDirectory()) return undefined;
  const place = relative(tree, name);
  return (await isOwn(upper, place)) ? undefined : place;
}

/** Where it is written before it is renamed: what a killed command leaves is no change. */
export const temporaryOf = (place: string): string => join(dirname(place), '.resolv.conf.slipway');

/** Writes it at `place`, or behind the image's link into a directory that is mounted over the tree. */
export async function lendResolver(
  tree: string,
  place: string | undefined,
  covered: readonly string[],
): Promise<void> {
  const content = MARK + (await readFile('/etc/resolv.conf', 'utf8').catch(() => ''));
  if (place !== undefined) {
    const temporary = join(tree, temporaryOf(place));
    await rm(temporary, { force: true });
    await writeFile(temporary, content, { flag: 'wx', mode: 0o644 });
    return await rename(temporary, join(tree, place));
  }
  const target = await resolveInRoot(tree, '/etc/resolv.conf');
  if (!covered.some((top) => target !== top && isBelow(target, top))) return;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content, { mode: 0o644 });
}

/** Whether the administrator changed or removed the file in `upper`: then it is the image's, whatever was lent. */
export async function isOwn(upper: string, place: string): Promise<boolean> {
  const path = await plainPath(upper, place);
  const info = path === undefined ? undefined : await lstat(path).catch(() => undefined);
  if (path === undefined || !info) return false;
  if (!info.isFile() || info.size > 1 << 20) return true;
  return !(await readFile(path, 'utf8')).startsWith(MARK);
}
