import { z } from 'zod';
import { RecipeSchema } from './schema.ts';

/** JSON Schema (2020-12) of what may be written in a recipe: the input side, before defaults are filled in. */
export function recipeJsonSchema(): object {
  return {
    title: 'Slipway recipe',
    ...z.toJSONSchema(RecipeSchema, { io: 'input', unrepresentable: 'any' }),
  };
}
