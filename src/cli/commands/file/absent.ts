import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import {
  lookOf, ownerAliases, ownerFlags, pathArgument, refreshFlags, type RefreshFlags, type OwnerFlags,
} from './owner.ts'; // prettier-ignore
import { say } from './say.ts';

export default buildCommand({
  docs: { brief: 'Take a file or directory of the image away from nodes' },
  parameters: {
    flags: { ...ownerFlags, ...refreshFlags },
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument] },
  },
  async func(this: Context, flags: OwnerFlags & RefreshFlags, path: string) {
    await say(this, flags, path, { absent: true, ...lookOf(flags) }, 'is removed');
  },
});
