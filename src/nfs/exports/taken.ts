/**
 * Whether nfs-ganesha has read its file. Who changes exports waits for that: before it a tree that is not
 * exported any more cannot be unmounted, and a node that was admitted cannot mount.
 */
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLocked, tryLock, type Lock } from '../../system/lock.ts';
import type { Paths } from '../../system/paths.ts';

/** Lock of who runs nfs-ganesha. */
export const HOLDER = 'nfs-ganesha';
/** Milliseconds; with a thousand exports it takes a second or two. */
const PATIENCE = 20_000;
const LOOK = 25;

const file = (paths: Paths) => join(paths.run, 'ganesha', 'read');
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Held as long as a server runs nfs-ganesha. Nothing: another one does. */
export const holdGanesha = (paths: Paths): Lock | undefined => tryLock(paths.locks, HOLDER, 'nfs-ganesha');

/** Called when it has read what has this digest. Lost with the host, as everything it knows. */
export async function markRead(paths: Paths, digest: string): Promise<void> {
  await writeFile(file(paths), digest, { mode: 0o600 });
}

/** It starts: it has read nothing yet. */
export async function forgetRead(paths: Paths): Promise<void> {
  await rm(file(paths), { force: true });
}

/** Digest of what it has read last. */
export const readDigest = async (paths: Paths): Promise<string> =>
  await readFile(file(paths), 'utf8').catch(() => '');

/** Waits until it has read `text`, if it runs. Returns whether it has. */
export async function waitUntilRead(paths: Paths, text: string): Promise<boolean> {
  const wanted = digestOf(text);
  const end = performance.now() + PATIENCE;
  for (;;) {
    if ((await readDigest(paths)) === wanted) return true;
    if (performance.now() > end || !isLocked(paths.locks, HOLDER)) return false;
    await sleep(LOOK);
  }
}
