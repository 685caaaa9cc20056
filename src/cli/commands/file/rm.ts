import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { ownerAliases, ownerFlags, pathArgument, type OwnerFlags } from './owner.ts';
import { say } from './say.ts';

export default buildCommand({
  docs: {
    brief: 'Say nothing any more of a file',
    fullDescription: 'To remove what the image has: slipway file absent.',
  },
  parameters: {
    flags: ownerFlags,
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument] },
  },
  async func(this: Context, flags: OwnerFlags, path: string) {
    await say(this, flags, path, undefined, 'is not said any more');
  },
});
