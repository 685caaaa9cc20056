/** What an example asks for, in the words of the tools that it is compared with. */
import { loadRecipe } from '../../src/recipe/load.ts';
import { ConfigSchema } from '../../src/system/config.ts';

export interface Wanted {
  /** Path of the recipe, and the name of its image. */
  recipe: string;
  name: string;
  suite: string;
  variant: string;
  /** All packages, the kernel's too. */
  packages: string[];
  /** dpkg path patterns. */
  exclude: string[];
  /** zstd level of the packed layers. */
  level: number;
}

/** Reads a recipe with a debian source. The others get its packages only: files, users and services cost them nothing here. */
export async function wantedBy(recipe: string): Promise<Wanted> {
  const resolved = await loadRecipe(recipe, { env: {} });
  if (!('source' in resolved.root) || !('debian' in resolved.root.source))
    throw new Error(`${recipe} has no debian source`);
  const { suite, variant, packages, exclude } = resolved.root.source.debian;
  const all = new Set(packages);
  for (const { step } of resolved.steps) {
    if ('packages' in step) for (const name of step.packages.install) all.add(name);
    if ('kernel' in step && step.kernel.package) all.add(step.kernel.package);
  }
  const level = resolved.pack.compression ?? ConfigSchema.parse({}).build.compression;
  return { recipe, name: resolved.name, suite, variant, packages: [...all], exclude, level };
}
