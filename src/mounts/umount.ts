import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskFull } from '../system/disk-full.ts';
import { announce, imageLock } from '../image/building.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Generation } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import { closest } from '../system/closest.ts';
import { silent, type Sink } from '../system/events.ts';
import { SlipwayError } from '../system/errors.ts';
import { lock } from '../system/lock.ts';
import { checkName } from '../system/names.ts';
import { detach } from './detach.ts';
import { retire } from './directory.ts';
import { fail } from './errors.ts';
import { end, holders, ownHolder, type Holder } from './holders.ts';
import { mountAs } from './mount.ts';
import { publishChanges } from './publish.ts';
import {
  listRecords,
  lockName,
  mountDirectory,
  readRecord,
  writeRecord,
  type MountRecord,
} from './record.ts';

export interface UmountOptions {
  /** Drop the changes. */
  discard?: boolean;
  /** Leave caches, logs and host keys in; default false. */
  keepAll?: boolean;
  /** End the processes that are still inside. */
  force?: boolean;
  sink?: Sink;
  signal?: AbortSignal;
}

export interface Unmounted {
  image: string;
  /** The generation that was mounted. */
  from: number;
  changed: boolean;
  /** The new generation, tagged `latest`; nothing if nothing was changed, or it was dropped. */
  generation?: Generation;
  /** Paths that were added, changed or removed. */
  changes: number;
}

/** Processes named in a message. */
const NAMED = 10;

/**
 * Unmounts an image. What was changed becomes a new generation, all others stay as they are. Whatever
 * goes wrong, changes are kept until they are in the catalog: the same call goes on with them.
 * @param name of the image; `NAME:GENERATION` is taken, too
 * @throws SlipwayError `mount/…`, `lock/held`, `initramfs/…`, `image/no-space`
 */
export async function umountImage(
  installation: Installation,
  catalog: Catalog,
  name: string,
  options: UmountOptions = {},
): Promise<Unmounted> {
  const { paths } = installation;
  const { signal } = options;
  const image = checkName('Image', name.split(':', 1)[0] ?? '');
  using _ = await lock(paths.locks, lockName(image), `unmount of ${image}`, { signal });
  const record = await readRecord(paths, image);
  if (!record) throw await notMounted(catalog, image);
  if (name !== image && (await catalog.find(name)).digest !== record.digest) {
    const path = join(mountDirectory(paths, image), 'mnt');
    throw fail('other-generation', { image, mounted: `${image}:${record.generation}`, asked: name, path });
  }
  try {
    await leave(catalog, record, options);
    if (!options.discard) return await publish(installation, catalog, record, options);
    await retire(paths, image);
    return { image, from: record.generation, changed: false, changes: 0 };
  } catch (error) {
    if (!isFull(error)) throw error;
    const output = error instanceof SlipwayError ? error.output : undefined;
    throw fail('disk-full', { path: paths.mounts, image }, { cause: error, output });
  }
}

async function publish(
  installation: Installation,
  catalog: Catalog,
  record: MountRecord,
  { keepAll, sink = silent, signal }: UmountOptions,
): Promise<Unmounted> {
  const { paths } = installation;
  const { image, generation: from } = record;
  // As a build: nobody collects its layers, and `image ls` shows what is being done.
  const wait = 24 * 3_600_000;
  using _ = await lock(paths.locks, imageLock(image), `unmount of ${image}`, { wait, sink, signal });
  using announced = announce(paths, image, sink);
  const options = { clean: !keepAll, sink: announced.sink, signal };
  const published = await publishChanges(installation, catalog, record, options);
  await retire(paths, image);
  return { image, from, changed: published.generation !== undefined, ...published };
}

function isFull(error: unknown): boolean {
  return diskFull(error) || (error as { code?: string }).code === 'image/no-space';
}

/** Unmounts, if nobody is inside. From the first unmount on the record says so. */
async function leave(catalog: Catalog, record: MountRecord, options: UmountOptions): Promise<void> {
  const { force, discard, signal } = options;
  const { paths } = catalog;
  const { image } = record;
  const directory = mountDirectory(paths, image);
  let inside = await holders(directory);
  if (inside.length > 0 && force) {
    const own = await ownHolder(inside);
    if (own) throw fail('own-shell', { path: join(directory, 'mnt'), ...own });
    await end(directory, inside, { signal });
    inside = await holders(directory);
  }
  if (inside.length > 0) throw await busy(directory, image, inside);
  const was = record.phase;
  await writeRecord(paths, { ...record, phase: 'unmounting' }).catch((error: unknown) => {
    // Dropping changes must be possible on a full disk: it makes room.
    if (!discard || !isFull(error)) throw error;
  });
  const free = await detach(directory);
  // Who came in meanwhile still has the tree, and may write to it: everything is put back.
  const late = await holders(directory);
  if (free && late.length === 0) return;
  if (was === 'mounted') await mountAs(catalog, record, true);
  throw await busy(directory, image, late);
}

async function busy(directory: string, image: string, inside: readonly Holder[]): Promise<Error> {
  if (inside.length === 0) return fail('held', { image, path: join(directory, 'mnt') });
  const own = await ownHolder(inside);
  if (own && inside.length === 1) return fail('own-shell', { path: join(directory, 'mnt'), ...own });
  const named = inside.slice(0, NAMED).map(({ pid, command }) => `${pid} (${command})`);
  const more = inside.length > NAMED ? [`and ${inside.length - NAMED} more`] : [];
  const count = inside.length === 1 ? '1 process' : `${inside.length} processes`;
  return fail('busy', { image, count, list: [...named, ...more].join(', ') });
}

async function notMounted(catalog: Catalog, image: string): Promise<Error> {
  const { paths } = catalog;
  const all = (await listRecords(paths)).map((record) => record.image);
  const near = closest(image, all);
  const directory = mountDirectory(paths, image);
  const there = await lstat(directory).catch(() => undefined);
  const hint = near
    ? `Did you mean ${near}? `
    : there
      ? `${directory} was left over: slipway image clear. `
      : '';
  return fail('not-mounted', { image, directory, near: hint });
}
