/** What an import would do: found without changing anything. */
import { join } from 'node:path';
import type { Db } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import { KernelPool } from '../kernels/pool.ts';
import { Harvest } from '../node/import/harvest.ts';
import { planImport, type ImportPlan } from '../node/import/plan.ts';
import { settle } from '../node/import/settle.ts';
import type { Installation } from '../system/config.ts';
import { readNodeSets, type FoundNodeTree } from './golden.ts';
import { readImages, type FoundImage } from './images.ts';
import { readInventory } from './inventory.ts';
import { readKernels, type FoundKernel } from './kernels.ts';
import { findLayout } from './layout.ts';
import { Leavings, type Left } from './left.ts';
import { readNodes } from './nodes.ts';
import { readProfiles } from './profiles.ts';
import { planRecipe, type PlannedRecipe } from './recipes.ts';

export interface ImportOptions {
  /** `preboot_execution_environment`, or `diskless` in it. */
  directory: string;
  /** Directory with `staging` and `golden`; default: where disklessset has it. */
  nfs?: string;
  /** Ansible inventory with MAC addresses and equipment profiles. */
  inventory?: string;
  /** Where recipes go; default: those of the configuration. */
  recipes?: string;
  /** Take the content of images over as it is, not only their recipes. */
  trees?: boolean;
  /** Change nodes, groups, profiles and recipes that are there. */
  update?: boolean;
  /** Root of this host, where modules of kernels are looked for; for tests. */
  root?: string;
}

export interface PlannedKernel extends FoundKernel {
  state: 'new' | 'there' | 'no-modules';
}

export interface PlannedImage extends FoundImage {
  recipe?: PlannedRecipe;
  /** Its content becomes a generation. */
  taken: boolean;
  /** Of a golden image: trees of nodes that are taken over with it. */
  nodeTrees: FoundNodeTree[];
}

export interface Plan {
  kernels: PlannedKernel[];
  images: PlannedImage[];
  registry: ImportPlan;
  left: Left[];
}

/** @throws SlipwayError `bluebanquise/…`, `import/…` */
export async function planBlueBanquise(
  { installation, db, catalog }: { installation: Installation; db: Db; catalog: Catalog },
  options: ImportOptions,
): Promise<Plan> {
  const { config, paths } = installation;
  const left = new Leavings();
  const layout = await findLayout(options.directory, options.nfs);
  const images = await readImages(layout, left);
  const harvest = new Harvest();
  if (layout.profiles) await readProfiles(layout.profiles, harvest, left);
  const names = new Map(images.map((image) => [image.source, image.name]));
  const targets = Object.keys(config.targets);
  const boots = layout.nodes
    ? await readNodes(layout.nodes, harvest, left, { images: names, targets })
    : new Map<string, string>();
  if (options.inventory !== undefined)
    await readInventory(
      options.inventory,
      harvest,
      left,
      layout.nodes === undefined ? undefined : new Set(harvest.nodes.keys()),
    );
  const nodeTrees = await readNodeSets(images, layout.nfs, harvest, left, boots, options.trees);

  const recipes = options.recipes ?? config.recipes ?? join(paths.etc, 'recipes');
  const planned: PlannedImage[] = [];
  for (const image of images) {
    const recipe = await planRecipe(image, recipes, paths, left);
    if (recipe?.state === 'other' && !options.update)
      left.leave('recipe', recipe.file, 'there is one with other content; with --update it is replaced');
    planned.push({
      ...image,
      recipe,
      taken: options.trees === true && image.tree !== undefined,
      nodeTrees: nodeTrees.get(image.name) ?? [],
    });
  }
  const kernels = await planKernels(
    await readKernels(layout.kernels, images, left, options.root),
    paths,
    left,
  );
  const { update } = options;
  const registry = await planImport(db, { ...settle(harvest), sources: [] }, { update, catalog });
  return { kernels, images: planned, registry, left: left.all };
}

async function planKernels(
  found: readonly FoundKernel[],
  paths: Installation['paths'],
  left: Leavings,
): Promise<PlannedKernel[]> {
  const pool = new KernelPool(paths);
  const planned: PlannedKernel[] = [];
  for (const kernel of found) {
    const state = (await pool.has(kernel.version))
      ? 'there'
      : kernel.modules === undefined
        ? 'no-modules'
        : 'new';
    if (state === 'no-modules')
      left.leave(
        'kernel',
        kernel.version,
        `its modules are not on this host: slipway kernel add ${kernel.file} --modules DIR`,
      );
    planned.push({ ...kernel, state });
  }
  return planned;
}
