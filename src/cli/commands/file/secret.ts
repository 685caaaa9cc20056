import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import {
  lookOf,
  modeFlags,
  ownerAliases,
  ownerFlags,
  pathArgument,
  type ModeFlags,
  type OwnerFlags,
} from './owner.ts';
import { say } from './say.ts';

const name = { brief: 'name of the secret', placeholder: 'SECRET', parse: String } as const;

export default buildCommand({
  docs: {
    brief: 'Give nodes a file that is a secret',
    fullDescription: 'See slipway secret. It is sent once a boot, never refreshed, and never shown.',
  },
  parameters: {
    flags: { ...ownerFlags, ...modeFlags },
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument, name] },
  },
  async func(this: Context, flags: OwnerFlags & ModeFlags, path: string, secret: string) {
    await say(this, flags, path, { secret, ...lookOf(flags) }, `is the secret ${secret}`);
  },
});
