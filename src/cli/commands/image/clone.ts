import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

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
    const { catalog } = await openCatalog(this);
    const { clone } = await import('../../../image/clone.ts');
    const generation = await clone(catalog, image, name);
    this.result(generation, () => `${generation.name}:${generation.generation} is ${generation.digest}\n`);
  },
});
