import type { FileSpec } from '../../node/file-schema.ts';
import type { Builtin } from './builtin.ts';
import { hosts } from './hosts.ts';
import { networkd } from './networkd.ts';
import { networkmanager } from './networkmanager.ts';

const none: Builtin = {
  name: 'none',
  brief: 'nothing: leaves a path as the image has it, where Slipway would make something by default',
  make: async () => [],
};

export const BUILTINS: readonly Builtin[] = [hosts, networkd, networkmanager, none];

/** What nodes get where nobody says anything of these paths; only if the image has the directory. */
export const DEFAULTS: Readonly<Record<string, FileSpec>> = {
  '/etc/systemd/network': { builtin: 'networkd' },
  '/etc/NetworkManager/system-connections': { builtin: 'networkmanager' },
};
