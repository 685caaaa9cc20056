/** The tree of a generation: made once from its packed layers, shared by all nodes, never changed. */
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import { fail as imageFail } from '../image/errors.ts';
import { lowersOf, measure, measureTree } from '../image/measure.ts';
import { listPublications } from '../image/publications.ts';
import type { Digest, Resolved } from '../image/types.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import type { Installation } from '../system/config.ts';
import { diskFull } from '../system/disk-full.ts';
import { syncDirectory } from '../system/durable.ts';
import { task, type Sink } from '../system/events.ts';
import { lock, tryLock } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { attach, detach } from './attach.ts';
import { snapshotsOn } from './changes/snapshots.ts';
import { copyTree, makeRoot } from './copy-tree.ts';
import { treeEntry } from './entries.ts';
import { fail } from './errors.ts';
import { flush } from './flush.ts';
import {
  hasTree,
  listNodeTrees,
  readTree,
  unreadableRecords,
  writeTree,
  type TreeRecord,
} from './records.ts';
import { isThere } from './record-file.ts';
import { removeTree as removeDirectory } from './remove-tree.ts';
import { exportedTree, hexOf, treeDirectory } from './store.ts';

export interface TreeContext {
  installation: Installation;
  catalog: Catalog;
  image: Resolved;
  sink: Sink;
  signal?: AbortSignal;
}

/** Milliseconds to wait for somebody who makes the same tree. */
const WAIT = 3_600_000;
/** Being made, or left by who was killed. */
const HALF = /^\.tmp-([0-9a-f]{64})$/;

const lockName = (hex: string) => `nfs-tree-${hex}`;

/**
 * Makes the tree of a generation, unless it is there, and mounts it where it is exported from.
 * @throws SlipwayError `nfs/no-space`, `nfs/not-mounted`, `image/missing-blob`
 */
export async function makeTree(context: TreeContext): Promise<{ record: TreeRecord; cached: boolean }> {
  const { installation, catalog, image, sink, signal } = context;
  const { paths } = installation;
  const { name, generation, digest } = image.generation;
  const label = `${name}:${generation}`;
  const what = `the tree of ${label}`;
  using _ = await lock(paths.locks, lockName(hexOf(digest)), what, { wait: WAIT, sink, signal });
  const before = await readTree(paths, digest);
  if (before) {
    await attachTree(paths, digest);
    return { record: before, cached: true };
  }
  const path = join(treeDirectory(paths, digest), 'tree.json');
  if (await isThere(path)) throw fail('bad-tree-record', { path });
  for (const { digest: blob, size } of image.config.layers)
    if ((await catalog.blobs.size(blob)) !== size)
      throw imageFail('missing-blob', { digest: blob, ref: label });
  if (await hasTree(paths, digest)) return { record: await recordAnew(context), cached: true };
  return await task(sink, what, async ({ end }) => {
    const half = join(paths.nfs, 'trees', `.tmp-${hexOf(digest)}`);
    try {
      await mkdir(join(paths.nfs, 'trees'), { recursive: true, mode: 0o700 });
      await removeDirectory(half);
      await mkdir(half, { mode: 0o700 });
      const { bytes, files } = await fill(context, half);
      const created = new Date().toISOString();
      const record: TreeRecord = { image: name, generation, digest, created, bytes };
      await flush(half);
      await writeTree(half, record);
      await rename(half, treeDirectory(paths, digest));
      await syncDirectory(join(paths.nfs, 'trees'));
      end.detail = `${files} files, ${Math.ceil(bytes / 2 ** 20)} MiB`;
      await attachTree(paths, digest);
      return { record, cached: false };
    } catch (error) {
      await removeDirectory(half);
      if (!diskFull(error)) throw error;
      throw fail('no-space', { path: paths.nfs, what: `${label}: its tree` }, { cause: error });
    }
  });
}

/** Somebody removed a record that was damaged; the tree is whole. */
async function recordAnew({ installation: { paths }, catalog, image }: TreeContext): Promise<TreeRecord> {
  const { name, generation, digest } = image.generation;
  const { bytes } = await measure(catalog, image.config.layers);
  const record = { image: name, generation, digest, created: new Date().toISOString(), bytes };
  await writeTree(treeDirectory(paths, digest), record);
  await attachTree(paths, digest);
  return record;
}

async function fill({ catalog, image, signal }: TreeContext, half: string) {
  const { layers } = image.config;
  await using work = await workDirectory(catalog.paths, 'tree');
  await using sandbox = await Sandbox.open(catalog.paths, work.path, lowersOf(catalog, layers), false);
  const root = await makeRoot(half);
  const sparse = !layers.some((layer) => layer.format === 'erofs');
  const [content] = await Promise.all([
    measureTree(sandbox, sparse, { signal }),
    copyTree(sandbox, root, signal),
  ]);
  return content;
}

/** @throws SlipwayError `nfs/not-mounted` */
async function attachTree(paths: Paths, digest: Digest): Promise<void> {
  const { failed, output } = await attach(paths, [treeEntry(paths, digest)]);
  const [path] = failed;
  if (path !== undefined) throw fail('not-mounted', { count: 1, path }, { output });
}

/**
 * Removes the tree of a generation. One that is not there is no error.
 * @param except mode whose publication is being taken back, and does not count
 * @throws SlipwayError `nfs/tree-in-use`, `nfs/busy`
 */
export async function removeTree(
  { installation, image, sink, signal }: Omit<TreeContext, 'catalog'>,
  except?: string,
): Promise<boolean> {
  const { paths } = installation;
  const { name, generation, digest } = image.generation;
  const ref = `${name}:${generation}`;
  const hex = hexOf(digest);
  using _ = await lock(paths.locks, lockName(hex), `removing the tree of ${ref}`, { sink, signal });
  if (!(await hasTree(paths, digest))) return false;
  const users = await treeUsers(paths, digest, except);
  if (users.length > 0) throw fail('tree-in-use', { ref, users: users.join(', ') });
  const [busy] = await detach([exportedTree(paths, digest)]);
  if (busy !== undefined)
    throw fail('busy', { image: ref, nodes: busy, holders: 'The NFS server still holds its tree.' });
  await retire(paths, hex);
  return true;
}

/** What needs the tree, in words: publications and trees of nodes. */
export async function treeUsers(paths: Paths, digest: Digest, except?: string): Promise<string[]> {
  const { publications } = await listPublications(paths, digest);
  const modes = publications.map(({ mode }) => mode).filter((mode) => ['nfs', 'readonly'].includes(mode));
  const nodes = (await listNodeTrees(paths)).filter(({ base }) => base === digest);
  const saved = await snapshotsOn(paths, digest);
  const unknown = [...(await unreadableRecords(paths)), ...saved.unreadable];
  return [
    ...modes.filter((mode) => mode !== except).map((mode) => `mode ${mode}, in which it is published`),
    ...[...Map.groupBy(nodes, (one) => one.image)].map(
      ([image, some]) => `trees of ${image} of ${foldBriefly(some.map(({ node }) => node))}`,
    ),
    ...saved.found.map(({ image, node, name }) => `snapshot ${name} of ${node} (${image})`),
    ...unknown.map((path) => `perhaps what ${path} is of, which cannot be read`),
  ];
}

/** Out of sight at once, then deleted. */
async function retire(paths: Paths, hex: string): Promise<void> {
  const gone = join(paths.nfs, 'trees', `.tmp-${hex}`);
  await removeDirectory(gone);
  await rename(join(paths.nfs, 'trees', hex), gone);
  await syncDirectory(join(paths.nfs, 'trees'));
  await removeDirectory(gone);
}

/** Removes what was left half made, or half removed, by who was killed. Returns the paths. */
export async function sweepTrees(paths: Paths): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(join(paths.nfs, 'trees')).catch(() => [] as string[])) {
    const [, hex] = HALF.exec(entry) ?? [];
    if (hex === undefined) continue;
    using held = tryLock(paths.locks, lockName(hex), 'reconcile');
    if (!held) continue;
    const path = join(paths.nfs, 'trees', entry);
    await removeDirectory(path);
    removed.push(path);
  }
  return removed;
}
