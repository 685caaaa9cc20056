/** Flags that take settings away from nodes, groups and profiles. */
import type { Path } from '../node/edit.ts';
import { off, texts } from './flags.ts';

/** Flags of `unset` that all three have. */
const unsetFlags = {
  image: off('The image'),
  mode: off('The mode'),
  boot: off('What is booted instead of the image'),
  ipxe: texts('iPXE variable to take away, repeatable', 'name'),
  arch: off('The architecture'),
  argument: off('All kernel arguments'),
  tag: texts('Tag to take away, repeatable', 'key'),
  variable: texts('Variable to take away, repeatable', 'key'),
  interface: texts('Network interface to take away, repeatable', 'name'),
  bmc: off('The management controller'),
  overlay: off('The overlay'),
  trap: off('The trap'),
  writable: off('What can be written'),
  state: off('Where state is kept'),
  'ssh-host-keys': off('What is said of ssh host keys'),
} as const;
export const unsetNodeFlags = {
  ...unsetFlags,
  mac: off('All MAC addresses'),
  address: off('The reserved address'),
  group: off('All groups'),
  profile: off('All profiles'),
} as const;
export const unsetGroupFlags = {
  ...unsetFlags,
  profile: off('All profiles'),
  order: off('The order'),
  description: off('The description'),
} as const;
export const unsetProfileFlags = { ...unsetFlags, description: off('The description') } as const;

const FIELDS = {
  image: 'image',
  mode: 'mode',
  boot: 'boot',
  arch: 'architecture',
  argument: 'arguments',
  bmc: 'bmc',
  overlay: 'overlay',
  trap: 'trap',
  writable: 'writable',
  state: 'state',
  'ssh-host-keys': 'ssh_host_keys',
  mac: 'macs',
  address: 'address',
  group: 'groups',
  profile: 'profiles',
  order: 'order',
  description: 'description',
} as const;
const KEYED = { ipxe: 'ipxe', tag: 'tags', variable: 'variables', interface: 'interfaces' } as const;

/** What the flags of `unset` are parsed to. */
export type Unset<F> = {
  readonly [K in keyof F]: F[K] extends { kind: 'boolean' } ? boolean : readonly string[] | undefined;
};

/** The paths that the flags of `unset` name. */
export function pathsOf(flags: Partial<Unset<typeof unsetNodeFlags & typeof unsetGroupFlags>>): Path[] {
  const whole = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).filter((flag) => flags[flag] === true);
  const keyed = (Object.keys(KEYED) as (keyof typeof KEYED)[]).flatMap((flag) =>
    (flags[flag] ?? []).map((key): Path => [KEYED[flag], key]),
  );
  return [...whole.map((flag): Path => [FIELDS[flag]]), ...keyed];
}
