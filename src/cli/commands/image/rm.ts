import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: {
    brief: 'Remove a generation, or with NAME alone a whole image',
    fullDescription:
      'Refuses what a node is assigned to. Blobs that nothing needs any more go with slipway image gc.',
  },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [imageArgument] } },
  async func(this: Context, _flags: Json, image: string) {
    const { imageRemove } = await import('../../../operations/image/remove.ts');
    const removed = await this.call(imageRemove, { image });
    this.result(removed, () => removed.map((g) => `removed ${g.name}:${g.generation}\n`).join(''));
  },
});
