/** Nodes move to the tree of another generation, with what they changed themselves or without. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../../image/catalog.ts';
import { mountImage } from '../../image/diff.ts';
import type { Generation, Resolved } from '../../image/types.ts';
import { diskFull } from '../../system/disk-full.ts';
import { task } from '../../system/events.ts';
import { workDirectory } from '../../system/workdir.ts';
import { refuseBooted } from '../booted.ts';
import { fail } from '../errors.ts';
import { makeTree } from '../golden.ts';
import { kinds } from '../kinds/index.ts';
import { lockNodes, newData, sweepNodes, type NodesContext } from '../nodes.ts';
import type { NodeTree } from '../records.ts';
import { chosen } from '../remove.ts';
import { nodeData, treeRoot } from '../store.ts';
import { freeze } from './freeze.ts';
import { goldenChanges } from './golden.ts';
import { inParallel } from './parallel.ts';
import { rebase, type Golden } from './rebase.ts';
import { replaceTrees } from './replace.ts';
import { shownPaths } from './shown.ts';

export interface RefreshOptions {
  /** Drop what nodes changed; else it is kept, where the new generation changed the same, too. */
  drop?: boolean;
  /** Only say what would be done. */
  dryRun?: boolean;
  /** Nodes that run from their tree, too. */
  force?: boolean;
}

export interface RefreshedNode {
  node: string;
  /** Generation of before. */
  from: number;
  /** It stood on this generation already, and kept what it had. */
  already: boolean;
  /** Paths that both the node and the generation changed; the node's stay. For people: see `shown`. */
  conflicts: string[];
}

export interface Refreshed {
  image: Pick<Generation, 'name' | 'generation' | 'digest'>;
  dryRun: boolean;
  drop: boolean;
  nodes: RefreshedNode[];
}

/** Nodes whose changes are looked at and copied at a time: most of that is waiting for tools. */
const AT_ONCE = 4;

/**
 * Refreshes all of `nodes` or none: new data is made beside the old, then records take its name one by one, each at once.
 * Whatever kills this, each node has its old tree or the new one, and what is not used is removed by the next command.
 * @param ref `IMAGE` or `IMAGE:GENERATION`
 * @throws SlipwayError `nfs/not-in-image`, `nfs/booted`, `nfs/busy`, `nfs/no-space`, `nfs/changes`, `image/…`
 */
export async function refreshNodeTrees(
  context: NodesContext,
  ref: string,
  nodes: readonly string[],
  options: RefreshOptions = {},
): Promise<Refreshed> {
  const { installation, catalog, sink, signal } = context;
  const { paths } = installation;
  const { drop = false, dryRun = false, force = false } = options;
  const image = await catalog.resolve(ref);
  const { name, generation, digest } = image.generation;
  using _ = await lockNodes(context, name, `refreshing trees of ${name}`);
  const trees = await chosen(context, name, nodes);
  const moving = trees.filter((tree) => drop || tree.base !== digest);
  if (!dryRun && !force) await refuseBooted(context, name, moving.map(({ node }) => node)); // prettier-ignore
  await sweepNodes(paths, name);
  if (moving.length > 0 && !dryRun) await makeTree({ installation, catalog, image, sink, signal });
  const answer = { image: { name, generation, digest }, dryRun, drop };
  const refreshed = async () => {
    const conflicts = new Map<string, string[]>();
    const now = new Date().toISOString();
    const next = new Map(moving.map((tree): [NodeTree, NodeTree] => [tree, { ...tree, generation, base: digest, data: newData(), refreshed: now }])); // prettier-ignore
    const make = async () => await fill(context, image, next, { drop, dryRun }, conflicts);
    if (dryRun) await make();
    else await replaceTrees(context, name, next, { force, make });
    return trees.map(({ node, generation: from, base }) => ({
      node,
      from,
      already: base === digest && !drop,
      conflicts: shownPaths(conflicts.get(node) ?? []),
    }));
  };
  const title = `${dryRun ? 'look at' : 'refresh'} ${moving.length} trees of ${name}`;
  return { ...answer, nodes: await task(sink, title, refreshed) };
}

/** Makes the data of all new trees. */
async function fill(
  { installation, catalog, sink, signal }: NodesContext,
  image: Resolved,
  next: ReadonlyMap<NodeTree, NodeTree>,
  { drop, dryRun }: { drop: boolean; dryRun: boolean },
  conflicts: Map<string, string[]>,
): Promise<void> {
  const { paths } = installation;
  await using target = dryRun ? await lookAt(catalog, image) : undefined;
  const to = target?.root ?? treeRoot(paths, image.generation.digest);
  const plain: NodeTree[] = [];
  const changed: NodeTree[] = [];
  for (const tree of next.keys())
    (drop || (await hasNoChanges(nodeData(paths, tree), tree)) ? plain : changed).push(tree);
  const golden = new Map<string, Promise<Golden>>();
  await inParallel(changed, AT_ONCE, async (tree) => {
    signal?.throwIfAborted();
    const { base, node } = tree;
    let differing = golden.get(base);
    if (!differing) golden.set(base, (differing = goldenChanges(catalog, base, image, signal)));
    try {
      await using frozen = await freeze({ installation, signal }, tree);
      const trees = { from: treeRoot(paths, base), to, golden: await differing };
      conflicts.set(node, await rebase(frozen.upper, trees, signal));
      const after = next.get(tree);
      if (dryRun || !after) return;
      const make = { installation, sink, signal, changes: frozen.upper };
      await kinds[tree.kind].create([nodeData(paths, after)], to, make);
    } catch (error) {
      if (signal?.aborted || diskFull(error)) throw error;
      throw fail('changes', { node, image: tree.image }, { cause: error });
    }
  });
  if (dryRun) return;
  for (const [kind, some] of Map.groupBy(plain, (tree) => tree.kind)) {
    const data = some.flatMap((tree) => next.get(tree) ?? []).map((tree) => nodeData(paths, tree));
    await kinds[kind].create(data, to, { installation, sink, signal });
  }
}

/** The tree of a generation that may have none yet. */
async function lookAt(catalog: Catalog, image: Resolved): Promise<AsyncDisposable & { root: string }> {
  await using stack = new AsyncDisposableStack();
  const work = stack.use(await workDirectory(catalog.paths, 'refresh'));
  const { root } = stack.use(await mountImage(catalog, join(work.path, 'tree'), image));
  const kept = stack.move();
  return { root, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Told without looking closer: most nodes of a cluster that was just set up. */
async function hasNoChanges(data: string, { kind }: NodeTree): Promise<boolean> {
  return kind === 'overlay' && (await readdir(join(data, 'upper'))).length === 0;
}
