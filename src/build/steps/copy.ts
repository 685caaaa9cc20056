/** Copies from the host into the tree. Nothing runs inside meanwhile, so checked paths stay what they are. */
import { chmod, copyFile, lchown, lstat, mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import { fail } from '../errors.ts';

/** Numbers of an owner in the image. */
export interface Ids {
  uid: number;
  gid?: number;
}

/**
 * Copies a file, link or tree (a path of the host) to a path in the image. Modes as on the host; all that is
 * new belongs to `ids`, else to root. Where a directory is (or a link to one, such as /lib), a directory is
 * merged into it, and that one keeps its mode and owner. @throws `build/file-type`, `build/in-the-way`
 */
export async function copy(from: string, to: string, sandbox: Sandbox, ids?: Ids): Promise<void> {
  const info = await lstat(from);
  if (info.isDirectory()) {
    if (!(await lstat(await sandbox.path(to)).catch(() => undefined))?.isDirectory()) {
      const made = await clear(to, 'a directory', sandbox);
      await mkdir(made);
      if (ids) await give(made, ids);
      await chmod(made, info.mode & 0o7777);
    }
    for (const name of await readdir(from)) await copy(join(from, name), posix.join(to, name), sandbox, ids);
    return;
  }
  if (!info.isSymbolicLink() && !info.isFile()) throw fail('file-type', { path: from });
  const made = await clear(to, 'a file', sandbox);
  if (info.isSymbolicLink()) await symlink(await readlink(from), made);
  else await copyFile(from, made);
  if (ids) await give(made, ids);
  if (info.isFile()) await chmod(made, info.mode & 0o7777);
}

/**
 * Host path of a place in the tree where nothing stands any more. Links go, and files for a file; a directory
 * never does, nor a file for a directory. @throws `build/in-the-way`
 */
export async function clear(
  to: string,
  wanted: 'a file' | 'a directory' | 'a link',
  sandbox: Sandbox,
): Promise<string> {
  const path = await sandbox.path(to, false);
  const there = await lstat(path).catch(() => undefined);
  if (there?.isDirectory()) throw fail('in-the-way', { path: to, found: 'a directory', wanted });
  if (there?.isFile() && wanted === 'a directory')
    throw fail('in-the-way', { path: to, found: 'a file', wanted });
  await rm(path, { force: true });
  return path;
}

/** Makes a directory and its parents. @throws `build/in-the-way` */
export async function makeDirectory(to: string, sandbox: Sandbox): Promise<string> {
  for (let path = to; ; path = posix.dirname(path)) {
    const there = await lstat(await sandbox.path(path)).catch(() => undefined);
    if (there?.isDirectory()) return await sandbox.makeDirectory(to);
    if (there) throw fail('in-the-way', { path, found: 'no directory', wanted: 'a directory' });
  }
}

/** Before any chmod: a change of owner takes set-user-ID bits away. chown(2) */
export async function give(path: string, { uid, gid }: Ids): Promise<void> {
  await lchown(path, uid, gid ?? (await lstat(path)).gid);
}
