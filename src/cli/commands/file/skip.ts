import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { ownerAliases, ownerFlags, pathArgument, type OwnerFlags } from './owner.ts';
import { say } from './say.ts';

export default buildCommand({
  docs: {
    brief: 'Keep a file of groups and profiles from nodes',
    fullDescription:
      'The path stays as the image has it, whatever the groups and profiles say that these nodes have before. Undone by slipway file rm.',
  },
  parameters: {
    flags: ownerFlags,
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument] },
  },
  async func(this: Context, flags: OwnerFlags, path: string) {
    await say(this, flags, path, null, 'stays as the image has it');
  },
});
