/** Takes out of an upper directory what is no change. Names are bytes, links are never followed. */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { attributeNames } from '../build/attribute-names.ts';
import { under } from '../image/tree-files.ts';
import type { Change } from './changes.ts';

/**
 * Leaves in `upper` the `changes` and the directories on the way to them. The overlay over it must not be
 * mounted. May be repeated after a kill: what it removes means nothing.
 */
export async function prune(upper: string, changes: readonly Change[], signal?: AbortSignal): Promise<void> {
  const kept = new Set<string>();
  const keep = (path: string) => {
    for (let at = path; at !== '' && !kept.has(at); at = at.slice(0, at.lastIndexOf('/'))) kept.add(at);
  };
  for (const { path } of changes) keep(path);
  // A file with a new name has its old one here, too, unchanged: both must stay one file.
  for (const names of await linked(upper, signal))
    if (names.some((path) => kept.has(path))) names.forEach(keep);
  const added = new Set(changes.filter((one) => one.change === 'added').map((one) => one.path));
  // What is in an opaque directory hides what is below: all of it is needed. Some kernels mark new ones, too.
  const opaque = await attributeNames(upper, '^trusted\\.overlay\\.opaque$', signal);
  for await (const { path, info, enter } of walk(upper, signal)) {
    if (!kept.has(path)) await rm(under(upper, path), { recursive: true, force: true });
    else if (info.isDirectory() && (added.has(path) || !opaque.has(path))) enter();
  }
}

/** Regular files that have several names, by file. */
async function linked(upper: string, signal?: AbortSignal): Promise<string[][]> {
  const found = new Map<bigint, string[]>();
  for await (const { path, info, enter } of walk(upper, signal)) {
    if (info.isDirectory()) enter();
    else if (info.isFile() && info.nlink > 1n) found.set(info.ino, [...(found.get(info.ino) ?? []), path]);
  }
  return [...found.values()];
}

/** Entries below `top`, each with a function that says that what is in it shall come, too. Paths are bytes as latin1. */
export async function* walk(
  top: string,
  signal?: AbortSignal,
): AsyncGenerator<{ path: string; info: BigIntStats; enter: () => void }> {
  // A stack, not recursion: depth is the image's to choose.
  const todo = [''];
  for (let here = todo.pop(); here !== undefined; here = todo.pop()) {
    signal?.throwIfAborted();
    for (const entry of await readdir(under(top, here), { encoding: 'buffer' })) {
      const path = `${here}/${entry.toString('latin1')}`;
      const info = await lstat(under(top, path), { bigint: true });
      yield { path, info, enter: () => todo.push(path) };
    }
  }
}
