/** Trees of nodes, as `slipway nfs ls` shows them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sortNames } from '../nodeset/natural.ts';
import type { Digest } from '../image/types.ts';
import type { Paths } from '../system/paths.ts';
import { mountedAt } from './attach.ts';
import { kinds } from './kinds/index.ts';
import { listNodeTrees, type KindName, type NodeTree } from './records.ts';
import { exportedNode, nodeData, nodeDirectory, treeRoot } from './store.ts';

export interface ListedTree {
  image: string;
  node: string;
  /** Generation that it stands on. */
  generation: number;
  base: Digest;
  kind: KindName;
  /** What its changes take up on the disk, where that was asked for. */
  bytes?: number;
  /** Names of changes that were saved. */
  snapshots: string[];
  /** Path by which the node mounts it. */
  path: string;
  /** Whether it is mounted there now. */
  mounted: boolean;
  /** ISO times. */
  created: string;
  refreshed: string;
}

export interface ListOptions {
  /** Only trees of this one. */
  image?: string;
  /** Measure them, too: all that nodes have written is looked at, and of plain trees all that there is. */
  sizes?: boolean;
  signal?: AbortSignal;
}

/** By image, and nodes in their natural order. */
export async function nodeTrees(
  paths: Paths,
  { image, sizes: measured = false, signal }: ListOptions = {},
): Promise<ListedTree[]> {
  const [trees, mounts] = [await listNodeTrees(paths, image), await mountedAt()];
  const sizes = measured ? await sizesOf(paths, trees, signal) : undefined;
  const listed = new Map<string, ListedTree[]>();
  for (const tree of trees) {
    const { node, generation, base, kind, created, refreshed } = tree;
    const path = exportedNode(paths, tree.image, node);
    const some = listed.get(tree.image) ?? [];
    listed.set(tree.image, some);
    some.push({
      image: tree.image,
      node,
      generation,
      base,
      kind,
      ...(sizes && { bytes: sizes.get(tree) ?? 0 }),
      snapshots: await readdir(join(nodeDirectory(paths, tree.image, node), 'snapshots')).catch(() => []),
      path,
      mounted: mounts.has(path),
      created,
      refreshed,
    });
  }
  return [...listed.values()].flatMap((some) => {
    const byNode = new Map(some.map((one) => [one.node, one]));
    return sortNames([...byNode.keys()]).flatMap((node) => byNode.get(node) ?? []);
  });
}

/** Those of one kind and base at once. */
async function sizesOf(
  paths: Paths,
  trees: readonly NodeTree[],
  signal?: AbortSignal,
): Promise<Map<NodeTree, number>> {
  const found = new Map<NodeTree, number>();
  for (const some of Map.groupBy(trees, ({ kind, base }) => `${kind} ${base}`).values()) {
    const [first] = some;
    if (!first) continue;
    const data = some.map((tree) => nodeData(paths, tree));
    const sizes = await kinds[first.kind].sizes(data, treeRoot(paths, first.base), signal);
    for (const [i, tree] of some.entries()) found.set(tree, sizes[i] ?? 0);
  }
  return found;
}
