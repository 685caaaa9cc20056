import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

export default buildCommand({
  docs: {
    brief: 'Damage a demo image, to see what is done with broken ones',
    fullDescription:
      'Refuses an image that has anything in it. A clone of it, which is the same, breaks too.',
  },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [imageArgument] } },
  async func(this: Context, _flags: Json, image: string) {
    const [{ catalog }, { corruptDemo }] = [
      await openCatalog(this),
      await import('../../../image/corrupt.ts'),
    ];
    const broken = await corruptDemo(catalog, image);
    this.result(broken, () => `${broken.name}:${broken.generation} is ${broken.state}\n`);
  },
});
