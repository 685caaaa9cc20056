import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';

export default buildCommand({
  docs: {
    brief: 'Print the recipe that a parameters file of disklessset means',
    fullDescription: describe(
      [
        'slipway build takes parameters files as they are; a recipe can say more.',
        'The password is not part of it: the recipe asks for it, or names a file.',
      ],
      [['slipway recipe from-parameters livenet1.yml > livenet1.recipe.yml', 'Go on with a recipe']],
    ),
  },
  parameters: {
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'parameters file', placeholder: 'FILE', parse: String }],
    },
  },
  async func(this: Context, _flags: object, file: string) {
    const { installation, sink } = await this.work();
    const [{ openParameters }, { recipeText }] = [
      await import('../../../parameters/open.ts'),
      await import('../../../parameters/recipe.ts'),
    ];
    const { parameters } = await openParameters(installation, file, { sink });
    if (parameters.kind === 'demo')
      throw fail('usage', {
        message: 'A DemoImage has no recipe: there is nothing in it',
        help: `slipway build ${file}, which makes it`,
      });
    this.closeRenderer();
    this.process.stdout.write(recipeText(parameters, { prompt: true }, `From the parameters file ${file}`));
  },
});
