/** Flags with which nodes, groups and profiles are described: the same for all three. */
import type { Edit, ListKey } from '../node/edit.ts';
import { imageFlag, modeFlag, presetFlags, text, texts, whole } from './flags.ts';
import { interfacesOf, recordOf, tagOf, variableOf } from './setting-words.ts';

/** Flags of `set` and `add` that all three have. */
const settingFlags = {
  image: imageFlag('Image to boot: NAME, NAME:TAG, NAME:NUMBER or sha256:…'),
  mode: modeFlag('Mode to boot it in: ram (default), nfs, readonly, livenet or demo'),
  boot: text('What to boot: image (default), disk, next, or a target of the configuration', 'target'),
  ipxe: texts(
    'iPXE variable as NAME=WORDS, repeatable: eq-console, eq-kernel-parameters, …; !NAME takes away what profiles or groups say',
    'variable',
  ),
  arch: { kind: 'enum', values: ['amd64', 'arm64'], brief: 'Architecture', optional: true },
  argument: texts(
    'Kernel argument, repeatable: they replace all there were; !name takes away what profiles or groups say',
    'argument',
  ),
  'add-argument': texts('One more kernel argument', 'argument'),
  'remove-argument': texts('Kernel argument to take from the list', 'argument'),
  tag: texts('Tag as KEY=VALUE, repeatable; !KEY takes away what profiles or groups say', 'tag'),
  variable: texts('Value for templates as KEY=TEXT, or KEY:=JSON; !KEY as with tags', 'variable'),
  interface: texts(
    'Network interface as NAME,KEY=VALUE,…: mac address gateway dns search mtu dhcp parent vlan bond bond_mode bridge, lists with +; !NAME as with tags',
    'interface',
  ),
  bmc: text('Address of the management controller', 'address'),
  'bmc-port': whole('Its port', 'port', 1, 65535),
  overlay: text('Writable layer: "tmpfs SIZE" or "zram SIZE"', 'overlay'),
  trap: {
    kind: 'enum',
    values: ['shell', 'poweroff', 'reboot', 'halt'],
    brief: 'What a node does when its boot failed',
    optional: true,
  },
  writable: {
    kind: 'enum',
    values: ['all', 'tables'],
    brief: 'Mode readonly: what can be written: all, or what rwtab and statetab name',
    optional: true,
  },
  state: {
    kind: 'enum',
    values: ['none', 'nfs', 'local'],
    brief: 'Mode readonly: where what statetab names is kept',
    optional: true,
  },
  'ssh-host-keys': {
    kind: 'enum',
    values: ['on', 'off'],
    brief: 'Give nodes ssh host keys that stay the same, or none (default: on)',
    optional: true,
  },
} as const;

const profileFlags = {
  profile: presetFlags('profile', 'Profile, repeatable: they replace all there were; later ones win'),
  'add-profile': presetFlags('profile', 'One more profile'),
  'remove-profile': presetFlags('profile', 'Profile to take from the list'),
} as const;

const description = text('One line that says what it is for', 'text');

export const nodeFlags = {
  ...settingFlags,
  ...profileFlags,
  mac: texts('MAC address, repeatable; of several nodes a pattern such as 52:54:00:00:00:[01-0a]', 'mac'),
  'add-mac': texts('One more MAC address', 'mac'),
  'remove-mac': texts('MAC address to take from the list', 'mac'),
  address: text('IPv4 address that full DHCP reserves; of several nodes a pattern: 10.0.1.[1-10]', 'ip'),
  group: presetFlags('group', 'Group, repeatable: they replace all there were'),
  'add-group': presetFlags('group', 'One more group'),
  'remove-group': presetFlags('group', 'Group to take the nodes from'),
} as const;

export const groupFlags = {
  ...settingFlags,
  ...profileFlags,
  description,
  order: {
    kind: 'parsed',
    parse: orderOf,
    brief: 'Groups of a higher order win (default: 0)',
    placeholder: 'number',
    optional: true,
  },
} as const;

export const profileOnlyFlags = { ...settingFlags, description } as const;

type ListFlags<F extends string> = { readonly [K in F | `add-${F}` | `remove-${F}`]?: readonly string[] };

interface CommonFlags extends ListFlags<'argument'> {
  readonly image?: string;
  readonly mode?: string;
  readonly boot?: string;
  readonly ipxe?: readonly string[];
  readonly arch?: 'amd64' | 'arm64';
  readonly overlay?: string;
  readonly trap?: 'shell' | 'poweroff' | 'reboot' | 'halt';
  readonly writable?: 'all' | 'tables';
  readonly state?: 'none' | 'nfs' | 'local';
  readonly bmc?: string;
  readonly 'bmc-port'?: number;
  readonly 'ssh-host-keys'?: 'on' | 'off';
  readonly tag?: readonly string[];
  readonly variable?: readonly string[];
  readonly interface?: readonly string[];
}
export interface ProfileFlags extends CommonFlags {
  readonly description?: string;
}
export interface GroupFlags extends ProfileFlags, ListFlags<'profile'> {
  readonly order?: number;
}
export interface NodeFlags extends CommonFlags, ListFlags<'profile' | 'group' | 'mac'> {
  readonly address?: string;
}

const LISTS = { mac: 'macs', argument: 'arguments', group: 'groups', profile: 'profiles' } as const;

/** What the flags ask for; nothing if none was given. */
export function editOf(flags: GroupFlags & NodeFlags): Edit | undefined {
  const { bmc, 'bmc-port': port } = flags;
  const set: Edit['set'] = {
    image: flags.image,
    mode: flags.mode,
    boot: flags.boot,
    ipxe: recordOf(flags.ipxe, tagOf),
    architecture: flags.arch,
    overlay: flags.overlay,
    trap: flags.trap,
    writable: flags.writable,
    state: flags.state,
    ssh_host_keys: flags['ssh-host-keys'] && flags['ssh-host-keys'] === 'on',
    address: flags.address,
    order: flags.order,
    description: flags.description,
    tags: recordOf(flags.tag, tagOf),
    variables: recordOf(flags.variable, variableOf),
    interfaces: interfacesOf(flags.interface),
    bmc: bmc === undefined && port === undefined ? undefined : withoutUndefined({ address: bmc, port }),
  };
  const add: Partial<Record<ListKey, readonly string[]>> = {};
  const remove: Partial<Record<ListKey, readonly string[]>> = {};
  for (const flag of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
    const list = flags[flag];
    if (list && list.length > 0) set[LISTS[flag]] = [...list];
    const more = flags[`add-${flag}`];
    if (more && more.length > 0) add[LISTS[flag]] = more;
    const less = flags[`remove-${flag}`];
    if (less && less.length > 0) remove[LISTS[flag]] = less;
  }
  const edit = { set: withoutUndefined(set), add, remove };
  return Object.values(edit).some((part) => Object.keys(part).length > 0) ? edit : undefined;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as T;
}

function orderOf(input: string): number {
  const value = /^-?\d{1,4}$/.test(input) ? Number(input) : NaN;
  if (!(Math.abs(value) <= 1000))
    throw new RangeError(`must be a whole number from -1000 to 1000, not ${JSON.stringify(input)}`);
  return value;
}
