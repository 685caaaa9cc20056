import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: {
    brief: 'Make a golden image of a staging image, for trees of nodes',
    fullDescription: describe(
      [
        'The golden image is a clone: it has the kernel and the passwords of the staging image, and shares its files. It is published in mode nfs at once. Changes of the staging image do not reach it.',
        'Any image with a system can be the staging image. An image can be its own golden image, too: its generations never change.',
      ],
      [['slipway nfs golden nfs1 golden1', 'Then: slipway nfs add -n NODES -i golden1']],
    ),
  },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [
        { ...imageArgument, placeholder: 'STAGING' },
        { brief: 'name of the golden image', placeholder: 'NAME', parse: String },
      ],
    },
  },
  async func(this: Context, _flags: Json, image: string, name: string) {
    const { nfsGolden } = await import('../../../operations/nfs/golden.ts');
    const made = await this.call(nfsGolden, { image, name }, { reconcile: true });
    this.result(
      made,
      () =>
        `${made.name}:${made.generation} is a golden image. Give nodes trees of it: slipway nfs add -n NODES -i ${made.name}\n`,
    );
  },
});
