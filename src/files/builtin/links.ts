/** What the builtins for the network have to set up, told in a way that both write from. */
import type { NamedInterface } from '../scope.ts';
import type { BuiltinInput } from './builtin.ts';

/** An interface, its part in others included. */
export interface Link extends NamedInterface {
  kind: 'ethernet' | 'bond' | 'bridge' | 'vlan';
  /** Bond or bridge that it is part of. */
  master?: string;
  masterKind?: 'bond' | 'bridge';
  /** VLANs on top of it. */
  vlans: string[];
  /** The node booted from it. */
  boot: boolean;
}

/**
 * Interfaces by name, those too that only a bond, bridge or VLAN names. Left out: what nothing is
 * said of; by default also the one that the node boots from, which must stay as it is.
 */
export function linksOf({ node, bootMac, byDefault }: BuiltinInput): Link[] {
  const links = new Map<string, Link>();
  const link = (name: string): Link => {
    const known = links.get(name);
    if (known) return known;
    const one = Object.hasOwn(node.interfaces, name) ? node.interfaces[name] : undefined;
    const mac = one?.mac;
    const made: Link = {
      ...one,
      name,
      kind: one?.bond ? 'bond' : one?.bridge ? 'bridge' : one?.vlan !== undefined ? 'vlan' : 'ethernet',
      vlans: [],
      boot: mac !== undefined && mac === (bootMac ?? node.macs[0]),
    };
    links.set(name, made);
    return made;
  };
  for (const name of Object.keys(node.interfaces)) {
    const one = link(name);
    for (const masterKind of ['bond', 'bridge'] as const)
      for (const member of one[masterKind] ?? []) {
        if (member === name || (byDefault && link(member).boot)) continue;
        Object.assign(link(member), { master: name, masterKind });
      }
    if (one.kind === 'vlan' && one.parent !== undefined && one.parent !== name)
      link(one.parent).vlans.push(name);
  }
  return [...links.values()].filter(
    (one) => saysSomething(one) && !(byDefault && one.boot && one.vlans.length === 0),
  );
}

function saysSomething(link: Link): boolean {
  const { kind, address, dhcp, mtu, master, vlans, gateway, dns, search } = link;
  const said = [address, dhcp, mtu, master, gateway, dns, search].some((value) => value !== undefined);
  return kind !== 'ethernet' || said || vlans.length > 0;
}

/** An address as both want it: with a prefix length. */
export function withPrefix(address: string): string {
  if (address.includes('/')) return address;
  return `${address}/${address.includes(':') ? 128 : 32}`;
}
