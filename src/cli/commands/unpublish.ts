import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { imageArgument, json, modeFlag, type Json } from '../flags.ts';

interface Flags extends Json {
  readonly mode: string;
}

export default buildCommand({
  docs: {
    brief: 'Take back what publishing made',
    fullDescription:
      'Refuses what a node is assigned to in that mode. Blobs that nothing needs any more go with slipway image gc.',
  },
  parameters: {
    flags: { json, mode: { ...modeFlag('Mode, such as livenet'), optional: false } },
    positional: { kind: 'tuple', parameters: [imageArgument] },
    aliases: { m: 'mode' },
  },
  async func(this: Context, { mode }: Flags, image: string) {
    const { publicationRemove } = await import('../../operations/publication/publish.ts');
    const done = await this.call(publicationRemove, { image, mode });
    this.result(
      done,
      () => `${done.image.name}:${done.image.generation} is not published in mode ${done.mode} any more\n`,
    );
  },
});
