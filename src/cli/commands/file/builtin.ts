import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import {
  lookOf, modeFlags, ownerAliases, ownerFlags, pathArgument, refreshFlags, type ModeFlags,
  type RefreshFlags, type OwnerFlags,
} from './owner.ts'; // prettier-ignore
import { say } from './say.ts';

const name = {
  brief: 'hosts, networkd, networkmanager or none',
  placeholder: 'BUILTIN',
  parse: String,
  proposeCompletions: (partial: string) =>
    ['hosts', 'networkd', 'networkmanager', 'none'].filter((one) => one.startsWith(partial)),
} as const;

export default buildCommand({
  docs: {
    brief: 'Give nodes a file that Slipway makes itself',
    fullDescription:
      'hosts: all nodes, for /etc/hosts. networkd, networkmanager: the interfaces of the node, for the directories /etc/systemd/network and /etc/NetworkManager/system-connections. none: nothing, also not what Slipway would make there by default.',
  },
  parameters: {
    flags: { ...ownerFlags, ...modeFlags, ...refreshFlags },
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument, name] },
  },
  async func(this: Context, flags: OwnerFlags & ModeFlags & RefreshFlags, path: string, builtin: string) {
    await say(this, flags, path, { builtin, ...lookOf(flags) }, `is the builtin ${builtin}`);
  },
});
