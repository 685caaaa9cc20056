import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';

export default buildCommand({
  docs: {
    brief: 'Print the JSON Schema of recipes, for editors',
    fullDescription:
      "Save it and name it in a recipe's first line: # yaml-language-server: $schema=recipe.schema.json",
  },
  parameters: {},
  async func(this: Context) {
    const { recipeJsonSchema } = await import('../../../recipe/json-schema.ts');
    this.process.stdout.write(`${JSON.stringify(recipeJsonSchema(), undefined, 2)}\n`);
  },
});
