import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, off, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly remove: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Give a generation a tag, or take one away',
    fullDescription:
      'A tag stands for one generation of its image; another that has it loses it. latest can be moved, not removed.',
  },
  parameters: {
    flags: { json, remove: off('Take the tag away; IMAGE is then the name of the image') },
    positional: {
      kind: 'tuple',
      parameters: [imageArgument, { brief: 'the tag, such as stable', placeholder: 'TAG', parse: String }],
    },
  },
  async func(this: Context, flags: Flags, image: string, name: string) {
    const { imageTag, imageUntag } = await import('../../../operations/image/tag.ts');
    const generation = await this.call(flags.remove ? imageUntag : imageTag, { image, tag: name });
    const label = `${generation.name}:${generation.generation}`;
    this.result(generation, () =>
      flags.remove
        ? `${label} is no longer tagged ${name}\n`
        : `${label} is now ${generation.name}:${name}\n`,
    );
  },
});
