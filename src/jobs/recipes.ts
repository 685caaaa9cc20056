/** Recipes that can be built by name: the files of one directory. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { closest } from '../system/closest.ts';
import type { Installation } from '../system/config.ts';
import { NAME } from '../system/names.ts';
import { fail } from './errors.ts';

function recipeDirectory({ config, paths }: Installation): string {
  return config.recipes ?? join(paths.etc, 'recipes');
}

/** Names of all recipes, sorted. */
export async function recipeNames(installation: Installation): Promise<string[]> {
  const files = await readdir(recipeDirectory(installation)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  return files
    .filter((file) => file.endsWith('.yml') && NAME.test(file.slice(0, -4)))
    .map((file) => file.slice(0, -4))
    .toSorted();
}

/** The file of a recipe. @throws SlipwayError `job/no-recipe` for anything but the name of one */
export async function recipeFile(installation: Installation, name: string): Promise<string> {
  const file = join(recipeDirectory(installation), `${name}.yml`);
  // The name first: a path is no name.
  if (NAME.test(name) && (await lstat(file).catch(() => undefined))) return file;
  const near = closest(name, await recipeNames(installation));
  throw fail('no-recipe', { name: JSON.stringify(name), near: near ? `Did you mean ${near}? ` : '' });
}
