/** Directories and files of the state that belong to nothing: half made, damaged, without their metadata. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildsRunning } from '../build/gc.ts';
import { LayerStore } from '../build/layer-store.ts';
import { KernelPool } from '../kernels/pool.ts';
import { isVersion } from '../kernels/version.ts';
import { leftoverMounts, removeTree } from '../mounts/directory.ts';
import { lockName, readRecord } from '../mounts/record.ts';
import { isLocked, tryLock, type Lock } from '../system/lock.ts';
import { NAME } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { leftoverWork, reconcileWork } from '../system/workdir.ts';
import { listPublications } from './publications.ts';

export interface Leftover {
  kind: 'mount' | 'kernel' | 'published' | 'layer' | 'work';
  path: string;
  /** What is wrong with it. */
  why: string;
  /** Why it stays. */
  stays?: string;
}

/** Everything of that kind; with `name` only what was of that image. */
export async function findLeftovers(paths: Paths, name?: string): Promise<Leftover[]> {
  const mounts = await ofMounts(paths, name);
  if (name !== undefined) return mounts;
  return [...mounts, ...(await ofKernels(paths)), ...(await ofPublications(paths)), ...(await ofLayers(paths)), ...(await ofWork(paths))]; // prettier-ignore
}

/** Removes one, if nobody works on it now. False: it stays. */
export async function removeLeftover(paths: Paths, { kind, path, stays }: Leftover): Promise<boolean> {
  if (stays !== undefined) return false;
  if (kind === 'work') return (await reconcileWork(paths)).some((name) => join(paths.work, name) === path);
  const entry = path.slice(path.lastIndexOf('/') + 1);
  using held = lockOf(paths, kind, entry);
  if (!held) return false;
  // What has got its record meanwhile is no leftover any more.
  if (kind === 'mount' && (await readRecord(paths, entry))) return false;
  await (kind === 'published' ? rm(path, { recursive: true, force: true }) : removeTree(path));
  return true;
}

/** The lock under which such a thing is made; nothing if somebody holds it. */
function lockOf(paths: Paths, kind: Leftover['kind'], entry: string): Lock | undefined {
  const name =
    kind === 'mount' && NAME.test(entry)
      ? lockName(entry)
      : kind === 'kernel' && isVersion(entry)
        ? `kernel-${entry}`
        : 'clear';
  return tryLock(paths.locks, name, 'clear');
}

async function ofMounts(paths: Paths, name?: string): Promise<Leftover[]> {
  const all = await leftoverMounts(paths);
  // Set aside for NAME, or on its way out.
  const of = new RegExp(`^(\\.(left|gone)-)?${RegExp.escape(name ?? '')}(-[0-9a-f]{8})?$`);
  return all.flatMap(({ path, mounted }): Leftover[] => {
    const entry = path.slice(path.lastIndexOf('/') + 1);
    if (name !== undefined && !of.test(entry)) return [];
    const busy = NAME.test(entry) && isLocked(paths.locks, lockName(entry));
    const stays = mounted ? 'something is mounted in it' : busy ? 'a command works on it' : undefined;
    return [{ kind: 'mount', path, why: 'no image is mounted there', stays }];
  });
}

async function ofKernels(paths: Paths): Promise<Leftover[]> {
  const { kernels, broken } = await new KernelPool(paths).list();
  const found: Leftover[] = [];
  for (const entry of await readdir(paths.kernels).catch(() => [] as string[])) {
    const path = join(paths.kernels, entry);
    if (kernels.some((one) => one.version === entry)) continue;
    if (!(await lstat(path).catch(() => undefined))?.isDirectory()) continue;
    const why = broken.find((one) => one.version === entry)?.reason ?? 'it is no version of a kernel';
    found.push({ kind: 'kernel', path, why });
  }
  return found;
}

async function ofPublications(paths: Paths): Promise<Leftover[]> {
  const { publications, bad } = await listPublications(paths);
  const good = new Set(
    publications.map(({ mode, image }) => `${mode}-${image.slice('sha256:'.length)}.json`),
  );
  const names = await readdir(paths.published).catch(() => [] as string[]);
  return names
    .filter((name) => !good.has(name) && !name.startsWith('.tmp-'))
    .map((name) => ({
      kind: 'published',
      path: join(paths.published, name),
      why: bad.includes(name) ? 'it is no record of what a mode published' : 'it is not of Slipway',
    }));
}

async function ofLayers(paths: Paths): Promise<Leftover[]> {
  const busy = await buildsRunning(paths);
  const stays = busy.length > 0 ? `${busy.join(', ')} is being built` : undefined;
  const store = new LayerStore(paths);
  return (await store.orphans()).map((path) => ({ kind: 'layer', path, why: 'no key names it', stays }));
}

async function ofWork(paths: Paths): Promise<Leftover[]> {
  const names = await leftoverWork(paths);
  return names.map((name) => ({
    kind: 'work',
    path: join(paths.work, name),
    why: 'a stopped command left it',
  }));
}
