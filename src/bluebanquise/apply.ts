/** Does what a plan says: kernels, recipes, trees, registry. Doing it again goes on where it stopped. */
import { buildImage } from './build-tree.ts';
import type { Db } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import { addKernels } from '../kernels/add.ts';
import { publish } from '../modes/publish.ts';
import { importNodeTree } from '../nfs/import/node.ts';
import { readNodeTree } from '../nfs/records.ts';
import { applyPlan } from '../node/cluster/apply.ts';
import { localActor, type Actor } from '../node/entry.ts';
import type { Installation } from '../system/config.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import type { Left } from './left.ts';
import type { Plan } from './plan.ts';
import { writeRecipe } from './recipes.ts';
import { shown } from '../node/import/words.ts';

export interface ApplyContext {
  installation: Installation;
  db: Db;
  catalog: Catalog;
  sink: Sink;
  signal?: AbortSignal;
  actor?: Actor;
  /** Replace recipes that are there. */
  update?: boolean;
}

export interface Applied {
  /** Versions that are in the pool now and were not. */
  kernels: string[];
  /** Files that were written. */
  recipes: string[];
  /** Generations, `name:number`. */
  images: string[];
  /** Trees of nodes, `IMAGE/NODE`. */
  trees: string[];
  /** Number of the change of the registry; null: nothing changed. */
  change: number | null;
  /** What went wrong, one by one; the rest was done. */
  failed: Left[];
}

/** @throws SlipwayError as `applyPlan`; what is wrong with single kernels and images is in `failed` */
export async function applyBlueBanquise(plan: Plan, context: ApplyContext): Promise<Applied> {
  const { installation, db, catalog, sink, signal, actor = localActor(), update = false } = context;
  const applied: Applied = { kernels: [], recipes: [], images: [], trees: [], change: null, failed: [] };
  const attempt = async (what: string, work: () => Promise<void>) => {
    signal?.throwIfAborted();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SlipwayError) || signal?.aborted) throw error;
      applied.failed.push({ what, reason: error.message });
      sink({
        event: 'notice',
        level: 'warning',
        message: `${what}: ${error.message}`,
        ...(error.where && { where: error.where }),
      });
    }
  };
  for (const { version, file, modules, state } of plan.kernels)
    if (state === 'new' && modules !== undefined)
      await attempt(`kernel ${version}`, async () => {
        const added = await addKernels([file], { modules }, catalog, { installation, sink, signal });
        applied.kernels.push(...added.filter((one) => one.added).map(({ kernel }) => kernel.version));
      });
  for (const { recipe } of plan.images)
    if (recipe && (recipe.state === 'new' || (recipe.state === 'other' && update))) {
      await writeRecipe(recipe);
      applied.recipes.push(recipe.file);
    }
  for (const image of plan.images)
    if (image.taken)
      await attempt(`image ${shown(image.source)}`, async () => {
        const file = plan.kernels.find((one) => one.version === image.written.kernel)?.file;
        const { built, kernel } = await buildImage(image, file, { installation, catalog, sink, signal });
        if (kernel !== undefined) applied.kernels.push(kernel);
        applied.images.push(`${built.image}:${built.generation}`);
      });
  applied.change = (await applyPlan(db, plan.registry, 'import bluebanquise', actor)) ?? null;
  // Last: trees are exported to addresses of the registry.
  for (const { name, tree, nodeTrees } of plan.images) {
    if (nodeTrees.length === 0 || !applied.images.some((one) => one.startsWith(`${name}:`))) continue;
    // Without a kernel it boots in no mode, which was told.
    if ((await catalog.resolve(name)).config.kernel)
      await attempt(`publication of ${name}`, async () => void (await publish(context, name, 'nfs')));
    for (const { node, directory } of nodeTrees)
      await attempt(`tree of ${node}`, async () => {
        if (await readNodeTree(installation.paths, name, node)) return;
        const against = tree && 'directory' in tree ? tree.directory : undefined;
        await importNodeTree(context, name, node, directory, { against, ownersLost: true });
        applied.trees.push(`${name}/${node}`);
      });
  }
  return applied;
}
