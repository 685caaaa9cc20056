/** A recipe that no file has: of what some other program left. */
import type { z } from 'zod';
import type { ResolvedRecipe } from './resolved.ts';
import { RecipeSchema } from './schema.ts';

/**
 * @param file where what is built comes from, for messages
 * @param base directory that relative paths in it begin at
 */
export function recipeOf(document: z.input<typeof RecipeSchema>, file: string, base: string): ResolvedRecipe {
  const recipe = RecipeSchema.parse(document);
  const { name, description, source, steps, selinux, size, clean, pack } = recipe;
  if (!source) throw new Error('a recipe without a source');
  const place = { file };
  return {
    name,
    description,
    file,
    root: { source, place, base },
    parents: [],
    variables: {},
    steps: steps.map((step) => ({ step, place, base })),
    selinux,
    size,
    clean,
    pack,
  };
}
