/** What a node changed becomes a generation: a packed layer over the one that it stands on. */
import { join } from 'node:path';
import { announce, imageLock } from '../../image/building.ts';
import type { Generation, Resolved } from '../../image/types.ts';
import { changesOf, type Change } from '../../mounts/changes.ts';
import { prune } from '../../mounts/prune.ts';
import { publishUpper } from '../../mounts/publish.ts';
import { diskFull } from '../../system/disk-full.ts';
import { lock } from '../../system/lock.ts';
import { checkName } from '../../system/names.ts';
import { bootedFrom, refuseBooted } from '../booted.ts';
import { fail } from '../errors.ts';
import { makeTree } from '../golden.ts';
import { copyChanges } from '../kinds/apply.ts';
import { kinds } from '../kinds/index.ts';
import { lockNodes, newData, type NodesContext } from '../nodes.ts';
import type { NodeTree } from '../records.ts';
import { chosen } from '../remove.ts';
import { nodeData, treeRoot } from '../store.ts';
import { freeze, type Frozen } from './freeze.ts';
import { replaceTrees } from './replace.ts';
import { withoutOurs, writtenAtBoot } from './written.ts';

export interface PromoteOptions {
  /** Image that gets the generation; default: that of the tree. */
  as?: string;
  /** Also caches, logs, host keys, and what Slipway writes at a boot. */
  keepAll?: boolean;
  /** The node moves to the new generation, and keeps of its own what is not in that. */
  refresh?: boolean;
  /** With `refresh`: also a node that runs from its tree. */
  force?: boolean;
}

export interface Promoted {
  node: string;
  /** Generation that it stands on. */
  from: Pick<Generation, 'name' | 'generation' | 'digest'>;
  /** The new one, tagged `latest`. */
  generation: Generation;
  /** Paths that were added, changed or removed. */
  changes: number;
  refreshed: boolean;
}

/** Milliseconds to wait for a build of the same image. */
const WAIT = 24 * 3_600_000;

/**
 * While the node is up its changes are taken as of now. Killed at any moment there is the new generation or none.
 * @throws SlipwayError `nfs/not-in-image`, `nfs/no-base`, `nfs/no-changes`, `nfs/booted`, `nfs/no-space`, `nfs/other-image`, and as `publishUpper`
 */
export async function promoteNode(
  context: NodesContext,
  image: string,
  node: string,
  options: PromoteOptions = {},
): Promise<Promoted> {
  const { installation, catalog, db } = context;
  const { paths } = installation;
  const { as = image, keepAll = false, refresh = false, force = false } = options;
  checkName('Image', as);
  if (refresh && as !== image) throw fail('other-image', { node, image, other: as });
  using _ = await lockNodes(context, image, `promoting ${node}`);
  const [tree] = await chosen(context, image, [node]);
  if (!tree) throw fail('no-tree', { node, image });
  if (refresh && !force) await refuseBooted(context, image, [node]);
  else if (db && (await bootedFrom(installation, db, image, [node])).booted.length > 0)
    tellLive(context, node);
  const base = await baseOf(context, tree);
  using _held = await lock(paths.locks, imageLock(as), `promoting ${node}`, { wait: WAIT, ...context });
  using announced = announce(paths, as, context.sink);
  try {
    await using frozen = await freeze(context, tree);
    const left = refresh ? join(frozen.work, 'left') : undefined;
    if (left !== undefined) await copyChanges(frozen.upper, left, context.signal);
    const working = { ...context, sink: announced.sink };
    const made = await publish(working, base, tree, frozen, { as, keepAll, refresh });
    if (!made.generation) throw fail('no-changes', { node, image });
    if (left !== undefined) {
      await prune(left, made.left, context.signal);
      await move(working, tree, await catalog.resolve(made.generation.digest), left, force);
    }
    const { name, generation, digest } = base.generation;
    const from = { name, generation, digest };
    return { node, from, generation: made.generation, changes: made.changes.length, refreshed: refresh };
  } catch (error) {
    if (!diskFull(error) && (error as { code?: string }).code !== 'image/no-space') throw error;
    throw fail('no-space', { path: paths.state, what: `Promoting ${node}` }, { cause: error });
  }
}

/** The generation, and changes that are not in it. */
async function publish(
  context: NodesContext,
  base: Resolved,
  { node }: NodeTree,
  { upper }: Frozen,
  { as, keepAll, refresh }: { as: string; keepAll: boolean; refresh: boolean },
): Promise<{ generation?: Generation; changes: Change[]; left: Change[] }> {
  const { installation, catalog, sink, signal } = context;
  let left: Change[] = [];
  const work = {
    base,
    upper,
    name: as,
    title: `changed by ${node}`,
    choose: async (changes: Change[], trees: Parameters<typeof changesOf>[0]) => {
      const ours = keepAll ? new Set<string>() : await writtenAtBoot(context, node, trees.after);
      const taken = withoutOurs(changes, ours, ({ path }) => path);
      const paths = new Set(taken.map(({ path }) => path));
      const all = refresh ? await changesOf(trees, { made: [] }, false, signal) : [];
      left = all.filter(({ path }) => !paths.has(path));
      return taken;
    },
  };
  const done = await publishUpper(installation, catalog, work, { clean: !keepAll, sink, signal });
  return { ...done, left };
}

/** The node stands on the new generation, and has of its own what is not in it. */
async function move(
  context: NodesContext,
  tree: NodeTree,
  image: Resolved,
  changes: string,
  force: boolean,
): Promise<void> {
  const { installation, catalog, sink, signal } = context;
  const { paths } = installation;
  const { generation, digest } = image.generation;
  await makeTree({ installation, catalog, image, sink, signal });
  const next: NodeTree = { ...tree, generation, base: digest, data: newData(), refreshed: new Date().toISOString() }; // prettier-ignore
  const make = async () =>
    await kinds[tree.kind].create([nodeData(paths, next)], treeRoot(paths, digest), { installation, sink, signal, changes }); // prettier-ignore
  await replaceTrees(context, tree.image, new Map([[tree, next]]), { force, make });
}

async function baseOf(
  { catalog }: NodesContext,
  { image, node, generation, base }: NodeTree,
): Promise<Resolved> {
  const ref = `${image}:${generation}`;
  for (const one of [ref, base]) {
    const found = await catalog.resolve(one).catch(() => undefined);
    if (found?.generation.digest === base) return found;
  }
  throw fail('no-base', { ref, node, image });
}

function tellLive({ sink }: NodesContext, node: string): void {
  const message = `${node} is up: files that it writes right now may be taken half written`;
  sink({ event: 'notice', level: 'warning', message });
}
