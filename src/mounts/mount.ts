import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { openParent } from '../build/parent.ts';
import { diskFull } from '../system/disk-full.ts';
import { LayerStore } from '../build/layer-store.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Digest, Resolved } from '../image/types.ts';
import { writeDurably } from '../system/durable.ts';
import { silent, type Sink } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import type { Lower } from '../system/sandbox.ts';
import { attach, isAttached, treeOf } from './attach.ts';
import { detach } from './detach.ts';
import { makeDirectory, retire } from './directory.ts';
import { fail } from './errors.ts';
import {
  lockName,
  mountDirectory,
  readRecord,
  viewOf,
  writeRecord,
  type MountRecord,
  type MountView,
} from './record.ts';
import { lendResolver, resolverPlace } from './resolver.ts';
import { mountPoints, mountSpecial } from './special.ts';

export interface MountOptions {
  /** User who asks. */
  who: string;
  sink?: Sink;
  signal?: AbortSignal;
}

export interface Mounted extends MountView {
  /** It was mounted before, and is as it was. */
  already: boolean;
  /** There are changes of a time before: the host was restarted, or a command was killed. */
  resumed: boolean;
}

/**
 * Mounts a generation so that its tree can be changed, and stays so: `umountImage` ends it. One that is
 * mounted already is told, not mounted again.
 * @throws SlipwayError `image/…` of the reference, `mount/…`, `lock/held`
 */
export async function mountImage(catalog: Catalog, ref: string, options: MountOptions): Promise<Mounted> {
  const { paths } = catalog;
  const { sink = silent, signal } = options;
  const base = await catalog.resolve(ref);
  const { name } = base.generation;
  using _ = await lock(paths.locks, lockName(name), `mount of ${name}`, { signal });
  const before = await readRecord(paths, name);
  if (before) return await again(catalog, ref, before, base, sink);

  if (base.generation.state === 'broken')
    throw fail('broken', { image: `${name}:${base.generation.generation}` });
  await makeDirectory(paths, name, sink);
  const record: MountRecord = {
    image: name,
    generation: base.generation.generation,
    digest: base.generation.digest,
    who: options.who,
    since: new Date().toISOString(),
    phase: 'mounting',
    layers: [],
    made: [],
  };
  return await mountAs(catalog, record, false);
}

/** What has a record is as it should be, or is put right. */
async function again(
  catalog: Catalog,
  ref: string,
  record: MountRecord,
  asked: Resolved,
  sink: Sink,
): Promise<Mounted> {
  const { paths } = catalog;
  const { image, generation, digest } = record;
  const view = await viewOf(paths, record);
  if (asked.generation.digest !== digest) {
    const [mounted, other] = [`${image}:${generation}`, `${image}:${asked.generation.generation}`];
    // NAME alone means what is mounted, also when there is a newer generation since.
    if (ref !== image) throw fail('other-generation', { image, mounted, asked: other, path: view.path });
    const message = `${mounted} is mounted; ${other} is newer`;
    sink({ event: 'notice', level: 'warning', message });
  }
  if (view.active) return { ...view, already: true, resumed: false };
  return await mountAs(catalog, record, true);
}

/**
 * Mounts what a record says, after whatever is left of an attempt before. The caller holds the lock.
 * @param resumed there may be changes: they stay whatever happens
 */
export async function mountAs(catalog: Catalog, record: MountRecord, resumed: boolean): Promise<Mounted> {
  const { paths } = catalog;
  const directory = mountDirectory(paths, record.image);
  try {
    const done = await acquire(catalog, directory, record);
    return { ...(await viewOf(paths, done)), already: false, resumed };
  } catch (error) {
    if ((await detach(directory)) && !resumed) await retire(paths, record.image);
    if (diskFull(error))
      throw fail('no-space', { path: paths.mounts, image: record.image }, { cause: error });
    throw error;
  }
}

/** Each thing stands in the record before it is done. */
async function acquire(catalog: Catalog, directory: string, record: MountRecord): Promise<MountRecord> {
  const { paths } = catalog;
  const { image, digest } = record;
  const lowers = await lowersOf(catalog, directory, digest);
  const layers = lowers.flatMap((lower) => ('directory' in lower ? [lower.directory] : []));
  const next: MountRecord = { ...record, phase: 'mounting', layers };
  await writeRecord(paths, next);
  // Only now: who removes a generation looks at the records first, and holds this lock then.
  await catalog.update(`mounting ${image}`, undefined, async () => await catalog.find(digest));
  // What is in use stays mounted, and is used again.
  const free = await detach(directory);
  const tree =
    free || !(await isAttached(directory)) ? await attach(directory, image, lowers) : treeOf(directory);
  const { points, missing } = await mountPoints(tree, image);
  const place = await resolverPlace(tree, join(directory, 'upper'), Object.values(points));
  next.made = [...new Set([...record.made, ...missing])];
  if (place !== undefined) next.lent = place;
  await writeRecord(paths, next);
  for (const part of missing) await mkdir(join(tree, part), { mode: 0o755 });
  await mountSpecial(tree, points, join(directory, 'fstab'));
  await lendResolver(tree, place, [points.run, points.tmp]);
  const word = /\s/.test(tree) ? JSON.stringify(tree) : tree;
  await writeDurably(join(directory, 'inventory', 'host'), `${word} ansible_connection=chroot\n`);
  next.phase = 'mounted';
  await writeRecord(paths, next);
  return next;
}

/** Layers from the lowest: the directories that they were built in where these are still there, else the packed ones. */
async function lowersOf(catalog: Catalog, directory: string, digest: Digest): Promise<Lower[]> {
  const { tree, packed } = await openParent(digest, catalog, new LayerStore(catalog.paths));
  return tree.lowers.map((lower, i) => {
    const blob = packed[i];
    // Options of an overlay cannot quote these.
    const odd = 'directory' in lower && /[:,"\\]/.test(relative(directory, lower.directory));
    return odd && blob ? { blob: catalog.blobPath(blob.digest), format: blob.format } : lower;
  });
}
