import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: { brief: 'Make a new image of one generation; it shares all blobs' },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [imageArgument, { brief: 'name of the new image', placeholder: 'NAME', parse: String }],
    },
  },
  async func(this: Context, _flags: Json, image: string, name: string) {
    const { imageClone } = await import('../../../operations/image/clone.ts');
    const generation = await this.call(imageClone, { image, name });
    this.result(generation, () => `${generation.name}:${generation.generation} is ${generation.digest}\n`);
  },
});
