/**
 * Paths of an image, used from the host. An image's symbolic links are hostile:
 * an absolute link or `..` in it must never lead out of the tree. Safe only while
 * nothing runs inside the tree that could swap a directory in between.
 */
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { defineErrors } from './errors.ts';

const fail = defineErrors('path', {
  loop: {
    what: 'Too many symbolic links in {path}',
    why: 'The image has a link that leads to itself.',
    todo: 'Remove the link in the step that makes it.',
  },
});

const MAX_LINKS = 40; // as the kernel's own limit

/**
 * Resolves `path` inside `root` as the kernel would after chroot(root). Parts that
 * do not exist are kept as they are. With `follow: false` a link in the last part
 * is not followed. Returns a host path without any symbolic link below `root`.
 */
export async function resolveInRoot(root: string, path: string, follow = true): Promise<string> {
  let rest = path.split('/').filter((part) => part !== '' && part !== '.');
  const done: string[] = [];
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '..') {
      done.pop();
      continue;
    }
    const here = join(root, ...done, part);
    const isLink = await lstat(here).then(
      (s) => s.isSymbolicLink(),
      () => false,
    );
    if (!isLink || (rest.length === 0 && !follow)) {
      done.push(part);
      continue;
    }
    if (++links > MAX_LINKS) throw fail('loop', { path });
    const target = await readlink(here);
    if (target.startsWith('/')) done.length = 0;
    rest = [...target.split('/').filter((p) => p !== '' && p !== '.'), ...rest];
  }
  return join(root, ...done);
}

/** Reads a regular file of an image; undefined if there is none. At most `limit` bytes are accepted. */
export async function readInRoot(root: string, path: string, limit = 64 << 20): Promise<Buffer | undefined> {
  const real = await resolveInRoot(root, path);
  const info = await lstat(real).catch(() => undefined);
  if (!info?.isFile() || info.size > limit) return undefined;
  return await readFile(real);
}

/**
 * The host path of `path` below `root` if everything on the way is a real directory: for half a tree, such
 * as the upper directory of an overlay, whose links mean something in the whole tree only. The last part may be anything.
 */
export async function plainPath(root: string, path: string): Promise<string | undefined> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return undefined;
  let here = root;
  for (const part of parts.slice(0, -1)) {
    here = join(here, part);
    if (!(await lstat(here).catch(() => undefined))?.isDirectory()) return undefined;
  }
  return join(here, parts.at(-1) ?? '');
}

/** Whether an error says that a path of a tree leads nowhere: where only what is there matters, nothing is. */
export const isLoop = (error: unknown): boolean => (error as { code?: string }).code === 'path/loop';
