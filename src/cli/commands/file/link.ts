import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import {
  lookOf, ownerAliases, ownerFlags, pathArgument, refreshFlags, type RefreshFlags, type OwnerFlags,
} from './owner.ts'; // prettier-ignore
import { say } from './say.ts';

const target = { brief: 'what it leads to', placeholder: 'TARGET', parse: String } as const;

export default buildCommand({
  docs: { brief: 'Give nodes a symbolic link' },
  parameters: {
    flags: { ...ownerFlags, ...refreshFlags },
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument, target] },
  },
  async func(this: Context, flags: OwnerFlags & RefreshFlags, path: string, link: string) {
    await say(this, flags, path, { link, ...lookOf(flags) }, `-> ${link}`);
  },
});
