/** The directory of one mounted image: made, set aside when it is not ours, and taken away at the end. */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../system/durable.ts';
import type { Sink } from '../system/events.ts';
import { tryLock } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { run } from '../system/process.ts';
import { fail } from './errors.ts';
import { mountsBelow } from './mountinfo.ts';
import { lockName, mountDirectory, readRecord } from './record.ts';

/** Finished, on its way out. */
const GONE = '.gone-';
/** Not ours, or of a command that was killed before it wrote what it does. */
const LEFT = '.left-';

/**
 * An empty directory for `name`. What stands there without a record is set aside, never deleted and never in the way.
 * @throws SlipwayError `mount/unsafe-directory`, `mount/foreign`
 */
export async function makeDirectory(paths: Paths, name: string, sink: Sink): Promise<string> {
  await mkdir(paths.mounts, { recursive: true, mode: 0o755 });
  await requireTrusted(paths.mounts);
  const directory = mountDirectory(paths, name);
  const there = await lstat(directory).catch(() => undefined);
  // Nothing but a record that was not finished: a mount that was killed before it did anything.
  if (there?.isDirectory() && (await readdir(directory)).every((entry) => entry.startsWith('.tmp-')))
    await removeTree(directory);
  else if (there) {
    await refuseForeign(directory);
    const aside = join(paths.mounts, `${LEFT}${name}-${randomBytes(4).toString('hex')}`);
    await rename(directory, aside);
    const message = `${directory} was left over from something else; it is ${aside} now (slipway image clear removes it)`;
    sink({ event: 'notice', level: 'warning', message });
  }
  // Nobody but root may reach what is in it: the image's setuid programs are not this host's.
  await mkdir(directory, { mode: 0o700 });
  await syncDirectory(paths.mounts);
  return directory;
}

/** Takes the directory out of sight at once, then deletes it. A kill in between leaves what {@link reconcileMounts} removes. */
export async function retire(paths: Paths, name: string): Promise<void> {
  const directory = mountDirectory(paths, name);
  await refuseForeign(directory);
  const gone = join(paths.mounts, `${GONE}${name}-${randomBytes(4).toString('hex')}`);
  await rename(directory, gone);
  await syncDirectory(paths.mounts);
  await removeTree(gone);
}

/** Removes what unmounts that were killed had not removed yet. Returns their names. */
export async function reconcileMounts(paths: Paths): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(paths.mounts).catch(() => [] as string[])) {
    if (!entry.startsWith(GONE)) continue;
    const path = join(paths.mounts, entry);
    // The number at its end is of eight digits. Whoever holds the image's lock is removing it now.
    const name = entry.slice(GONE.length, -9);
    using held = tryLock(paths.locks, lockName(name), 'reconcile');
    if (!held || (await mountsBelow(path)).length > 0) continue;
    await removeTree(path);
    removed.push(entry);
  }
  return removed;
}

/** Directories below `mounts` that belong to no mounted image. `mounted`: something is mounted in it. */
export async function leftoverMounts(paths: Paths): Promise<{ path: string; mounted: boolean }[]> {
  const found: { path: string; mounted: boolean }[] = [];
  for (const entry of await readdir(paths.mounts).catch(() => [] as string[])) {
    if (await readRecord(paths, entry)) continue;
    const path = join(paths.mounts, entry);
    found.push({ path, mounted: (await mountsBelow(path)).length > 0 });
  }
  return found;
}

/** Deletes a tree on one file system: nothing that is mounted in it, whatever became of it since it was looked at. */
export async function removeTree(path: string): Promise<void> {
  await run(['rm', '--recursive', '--force', '--one-file-system', '--', path]);
}

/** @throws SlipwayError `mount/foreign` if anything is mounted at or below `directory` */
async function refuseForeign(directory: string): Promise<void> {
  const [first] = await mountsBelow(directory);
  if (first) throw fail('foreign', { path: first.path });
}

/** @throws SlipwayError `mount/unsafe-directory` if others than root could replace a part of the path */
async function requireTrusted(path: string): Promise<void> {
  const mine = process.getuid?.() ?? 0;
  for (let at = await realpath(path); ; at = dirname(at)) {
    const { uid, mode } = await lstat(at);
    // Who may write to a directory may rename what is in it, unless the sticky bit says that owners alone may.
    const reason =
      uid !== 0 && uid !== mine
        ? `${at} belongs to user ${uid}`
        : (mode & 0o022) !== 0 && (at === (await realpath(path)) || (mode & 0o1000) === 0)
          ? `${at} can be written by others`
          : undefined;
    if (reason) throw fail('unsafe-directory', { path, reason });
    if (at === dirname(at)) return;
  }
}
