import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';

export default buildCommand({
  docs: {
    brief: 'Remove a generation, or with NAME alone a whole image',
    fullDescription:
      'Refuses what a node is assigned to. Blobs that nothing needs any more go with slipway image gc.',
  },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [imageArgument] } },
  async func(this: Context, _flags: Json, image: string) {
    await using open = await openCatalogAndRegistry(this);
    const { rm } = await import('../../../image/rm.ts');
    const removed = await rm(open.catalog, image, open.inUse);
    this.result(removed, () => removed.map((g) => `removed ${g.name}:${g.generation}\n`).join(''));
  },
});
