import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: {
    brief: 'Move the tag latest back',
    fullDescription:
      'With NAME to the generation before; with NAME:GENERATION or NAME:TAG to that one. Nothing is removed.',
  },
  parameters: {
    flags: { json },
    positional: { kind: 'tuple', parameters: [imageArgument] },
  },
  async func(this: Context, _flags: Json, image: string) {
    const { imageRollback } = await import('../../../operations/image/rollback.ts');
    const moved = await this.call(imageRollback, { image });
    this.result(
      moved,
      () =>
        `${moved.to.name}:latest is now generation ${moved.to.generation}; it was ${moved.from.generation}\n`,
    );
  },
});
