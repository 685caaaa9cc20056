/** What differs from the tree of one generation to that of another. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareTrees, type FileChange } from '../../image/compare-trees.ts';
import type { Catalog } from '../../image/catalog.ts';
import { fileChanges } from '../../image/diff.ts';
import { unshown } from '../../image/tree-files.ts';
import type { Digest, Resolved } from '../../image/types.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { treeRoot } from '../store.ts';
import type { Golden } from './rebase.ts';

/** @param from a generation with a tree; the catalog may have it no more */
export async function goldenChanges(
  catalog: Catalog,
  from: Digest,
  to: Resolved,
  signal?: AbortSignal,
): Promise<Golden> {
  const changes = new Map<string, FileChange>();
  if (from === to.generation.digest) return changes;
  const before = await catalog.resolve(from).catch(() => undefined);
  const all = before
    ? fileChanges(catalog, before, to, signal)
    : wholeTrees(catalog, from, to.generation.digest, signal);
  for await (const one of all) changes.set(one.path === '/' ? '' : unshown(one.path), one);
  return changes;
}

/** Without layers that both have in common every file is looked at. */
async function* wholeTrees(
  { paths }: Catalog,
  from: Digest,
  to: Digest,
  signal?: AbortSignal,
): AsyncGenerator<FileChange> {
  await using work = await workDirectory(paths, 'golden');
  const open = async (digest: Digest, name: string) => {
    await mkdir(join(work.path, name));
    return await Sandbox.open(paths, join(work.path, name), [{ directory: treeRoot(paths, digest) }], false);
  };
  await using before = await open(from, 'before');
  await using after = await open(to, 'after');
  yield* compareTrees({ tree: before, own: [before.root] }, { tree: after, own: [after.root] }, signal);
}
