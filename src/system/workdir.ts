/**
 * Work directories and their reconciliation. Namespaces clean up mounts,
 * processes and interfaces by themselves; what they do not cover is files. A
 * work directory is made only under a lock of its own, so that one whose lock is
 * free is left over from a command that was killed, and can be removed.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isLocked, tryLock } from './lock.ts';
import type { Paths } from './paths.ts';

export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Makes an empty directory (0700) on the file system of the layers; removed when disposed. */
export async function workDirectory(paths: Paths, purpose: string): Promise<WorkDirectory> {
  const id = `${purpose}-${randomBytes(6).toString('hex')}`;
  const held = tryLock(join(paths.work, 'locks'), id, purpose);
  if (!held) throw new Error(`lock of the new work directory ${id} is taken`);
  const path = join(paths.work, id);
  await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      await rm(join(paths.work, 'locks', `${id}.lock`), { force: true });
      held[Symbol.dispose]();
    },
  };
}

/** Names of what killed commands left. */
export async function leftoverWork(paths: Paths): Promise<string[]> {
  const names = await readdir(paths.work).catch(() => [] as string[]);
  return names.filter((name) => name !== 'locks' && !isLocked(join(paths.work, 'locks'), name));
}

/** Removes what killed commands left. Returns the names of what was removed. */
export async function reconcileWork(paths: Paths): Promise<string[]> {
  const removed: string[] = [];
  const names = (await readdir(paths.work).catch(() => [] as string[])).filter((name) => name !== 'locks');
  if (names.length === 0) return removed;
  const locks = join(paths.work, 'locks');
  // One at a time: of two that remove a lock's file, one could make it anew under the other.
  using alone = tryLock(locks, 'reconcile', 'reconcile');
  if (!alone) return removed;
  for (const name of names) {
    using free = tryLock(locks, name, 'reconcile');
    if (!free) continue;
    // Its command may have ended by itself since the names were read.
    const left = existsSync(join(paths.work, name));
    await rm(join(paths.work, name), { recursive: true, force: true });
    await rm(join(locks, `${name}.lock`), { force: true });
    if (left) removed.push(name);
  }
  return removed;
}
