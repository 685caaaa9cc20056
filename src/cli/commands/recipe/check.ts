import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { oneLine } from '../../render/text.ts';
import { json, texts, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly set?: readonly string[];
}

export default buildCommand({
  docs: { brief: 'Check a recipe and what it includes, without building' },
  parameters: {
    flags: {
      json,
      set: texts('Set a value of the recipe, as slipway build does', 'key=value'),
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'recipe file', placeholder: 'RECIPE', parse: String }],
    },
  },
  async func(this: Context, flags: Flags, file: string) {
    const { sink } = await this.shown();
    const { loadRecipe } = await import('../../../recipe/load.ts');
    const recipe = await loadRecipe(file, { set: flags.set, sink });
    const from = 'image' in recipe.root ? recipe.root.image : undefined;
    const checked = {
      name: recipe.name,
      file: recipe.file,
      from: from ?? null,
      source: 'source' in recipe.root ? Object.keys(recipe.root.source)[0] : null,
      parents: recipe.parents.map((parent) => ({ name: parent.name, file: parent.file })),
      steps: recipe.steps.map(({ step, place }) => ({ kind: kindOf(step), place })),
      variables: recipe.variables,
    };
    this.result(checked, (style) => {
      const kinds = checked.steps.map((step) => step.kind).join(', ') || 'no steps';
      const root = from === undefined ? `source ${checked.source}` : `from ${from}`;
      return `${style.green(style.sign.done)} ${style.bold(recipe.name)}: ${oneLine(`${root}; ${kinds}`)}\n`;
    });
  },
});

/** The key that makes a step what it is. */
function kindOf(step: object): string {
  return Object.keys(step).find((key) => key !== 'title') ?? '';
}
