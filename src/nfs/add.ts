import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { foldBriefly } from '../nodeset/fold.ts';
import type { Generation } from '../image/types.ts';
import { checkName } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { diskFull } from '../system/disk-full.ts';
import { task } from '../system/events.ts';
import { attach } from './attach.ts';
import { nodeEntry } from './entries.ts';
import { fail } from './errors.ts';
import { reconcileExports } from './exports/reconcile.ts';
import { makeTree } from './golden.ts';
import { kindFor } from './kinds/index.ts';
import { tellLabels } from './labels.ts';
import type { TreeKind } from './kinds/kind.ts';
import { lockNodes, newData, sweepNodes, writeNodeTrees, type NodesContext } from './nodes.ts';
import { listNodeTrees, type KindName, type NodeTree } from './records.ts';
import { isThere } from './record-file.ts';
import { removeTree } from './remove-tree.ts';
import { exportedNode, nodeData, nodeDirectory, treeRoot } from './store.ts';

export interface Added {
  image: string;
  generation: number;
  /** Nothing if none was added. */
  kind?: KindName;
  /** Why that kind. */
  reason?: string;
  added: string[];
  /** They had one of the same generation before. */
  already: string[];
}

/**
 * Gives each node a tree of its own, all or none; makes the tree of the generation where it is missing. When this
 * returns they are exported, to addresses of the registry.
 * @param options.changes upper directory with what all of them have changed already
 * @throws SlipwayError `image/…` of the reference, `nfs/other-base`, `nfs/no-kind`, `nfs/no-space`, `nfs/not-mounted`,
 * `nfs/bad-record`, and of exports
 */
export async function addNodeTrees(
  context: NodesContext,
  ref: string,
  nodes: readonly string[],
  { changes }: { changes?: string } = {},
): Promise<Added> {
  const { installation, catalog, sink, signal } = context;
  const { paths } = installation;
  for (const node of nodes) checkName('Node', node);
  const image = await catalog.resolve(ref);
  const { name, generation, digest } = image.generation;
  const answer = { image: name, generation };
  using _ = await lockNodes(context, name, `adding trees of ${name}`);
  const have = await listNodeTrees(paths, name);
  const { added, already } = sortedOut(nodes, have, image.generation);
  if (added.length === 0) {
    await mount(
      context,
      have.filter(({ node }) => already.includes(node)),
    );
    return { ...answer, added, already };
  }
  for (const node of added) await refuseUnreadable(paths, name, node);
  await makeTree({ installation, catalog, image, sink, signal });
  await sweepNodes(paths, name);
  const what = `Adding trees of ${name} for ${foldBriefly(added)}`;
  const { kind, reason } = await kindFor(installation).catch((error: unknown) => {
    throw diskFull(error) ? fail('no-space', { path: paths.nfs, what }, { cause: error }) : error;
  });
  const now = new Date().toISOString();
  const trees = added.map((node): NodeTree => ({
    image: name, node, generation, base: digest, kind: kind.name, data: newData(), created: now, refreshed: now,
  })); // prettier-ignore
  await task(sink, `${added.length} trees of ${name}:${generation}`, async ({ end }) => {
    end.detail = kind.name;
    try {
      for (const node of added)
        await mkdir(nodeDirectory(paths, name, node), { recursive: true, mode: 0o700 });
      const data = trees.map((tree) => nodeData(paths, tree));
      await kind.create(data, treeRoot(paths, digest), { installation, sink, signal, changes });
      await writeNodeTrees(paths, trees);
      // From now on nobody removes it; whoever did so meanwhile did not know of these.
      await makeTree({ installation, catalog, image, sink, signal });
    } catch (error) {
      await undo(context, trees, kind);
      if (!diskFull(error)) throw error;
      throw fail('no-space', { path: paths.nfs, what }, { cause: error });
    }
    try {
      await mount(context, [...trees, ...have.filter(({ node }) => already.includes(node))]);
    } catch (error) {
      const message = `The trees of ${foldBriefly(added)} are made, and stay; they could not be mounted or exported yet`;
      sink({ event: 'notice', level: 'warning', message });
      throw error;
    }
  });
  tellLabels(image, sink);
  return { ...answer, kind: kind.name, reason, added, already };
}

/** @throws SlipwayError `nfs/bad-record`: what is there is not overwritten */
async function refuseUnreadable(paths: Paths, image: string, node: string): Promise<void> {
  const path = join(nodeDirectory(paths, image, node), 'node.json');
  if (await isThere(path)) throw fail('bad-record', { path });
}

/** For a look before anything is made. @throws SlipwayError `nfs/other-base` if any has a tree of another generation */
export async function refuseOtherBase(
  paths: Paths,
  generation: Generation,
  nodes: readonly string[],
): Promise<void> {
  sortedOut(nodes, await listNodeTrees(paths, generation.name), generation);
}

/** @throws SlipwayError `nfs/other-base` */
function sortedOut(
  nodes: readonly string[],
  have: readonly NodeTree[],
  { name, generation, digest }: Pick<Generation, 'name' | 'generation' | 'digest'>,
): { added: string[]; already: string[] } {
  const known = new Map(have.map((tree) => [tree.node, tree]));
  const unique = [...new Set(nodes)];
  const other = unique.flatMap((node) => known.get(node) ?? []).filter(({ base }) => base !== digest);
  if (other.length > 0) {
    const numbers = [...new Set(other.map((tree) => tree.generation))].join(', ');
    throw fail('other-base', {
      nodes: foldBriefly(other.map(({ node }) => node)),
      image: name,
      have: numbers,
      want: generation,
      ref: `${name}:${generation}`,
    });
  }
  return { added: unique.filter((one) => !known.has(one)), already: unique.filter((one) => known.has(one)) };
}

/** Records first: what a kill leaves of the rest is found by the next command. */
async function undo(
  { installation: { paths } }: NodesContext,
  trees: readonly NodeTree[],
  kind: TreeKind,
): Promise<void> {
  for (const { image, node } of trees)
    await rm(join(nodeDirectory(paths, image, node), 'node.json'), { force: true });
  await kind.remove(trees.map((tree) => nodeData(paths, tree)));
  await removeTree(...trees.map((tree) => nodeDirectory(paths, tree.image, tree.node)));
}

/** Where the NFS server finds them, and exported. @throws SlipwayError `nfs/not-mounted`, and of exports */
async function mount(context: NodesContext, trees: readonly NodeTree[]): Promise<void> {
  const { paths } = context.installation;
  const entries = trees.map((tree) => nodeEntry(paths, tree));
  const { failed, output } = await attach(paths, entries, context.signal);
  const [path] = failed;
  if (path !== undefined) throw fail('not-mounted', { count: failed.length, path }, { output });
  const about = trees.map((tree) => exportedNode(paths, tree.image, tree.node));
  await reconcileExports(context.installation, context.db, context.sink, context.signal, { about });
}
