/**
 * Network devices of Warewulf. It merges them by the name of the network (`default`)
 * over profiles and node; ours are told by the name of the interface, and an address
 * has its prefix length with it. So addresses go to the node, what profiles say of
 * the rest stays with the profile where the interface has one name on all its nodes.
 */
import { isIP, isIPv4 } from 'node:net';
import type { Draft } from './draft.ts';
import { BOND_MODES, type Interface } from '../interface-schema.ts';
import { isTrue } from './trees.ts';
import { interfaceOf, mergeDevices, type Device, type Devices } from './warewulf-devices.ts';
import type { Layer } from './warewulf.ts';
import { prefixOf, shown } from './words.ts';

interface User {
  node: Layer;
  /** Its profiles and itself, lowest first. */
  layers: Layer[];
}

export function writeDevices(users: readonly User[], profiles: Iterable<Layer>): void {
  const names = new Map<Layer, Map<string, Set<string>>>();
  const merged = users.map(({ layers }) => mergeDevices(layers));
  for (const [index, { layers }] of users.entries())
    for (const layer of layers)
      for (const network of layer.devices.keys()) {
        const device = merged[index]?.get(network);
        if (!device) continue;
        let known = names.get(layer);
        if (!known) names.set(layer, (known = new Map<string, Set<string>>()));
        const set = known.get(network) ?? new Set<string>();
        known.set(network, set.add(interfaceOf(network, device)));
      }
  /** The one name of a profile's device; nothing if its nodes have several. */
  const nameIn = (layer: Layer, network: string, device: Device): string | undefined => {
    const known = names.get(layer)?.get(network);
    if (!known) return interfaceOf(network, device);
    return known.size === 1 ? [...known][0] : undefined;
  };
  for (const layer of profiles)
    for (const [network, device] of layer.devices) {
      const name = nameIn(layer, network, device);
      if (name !== undefined) writeShared(layer.draft, name, device, layer.devices);
      if (device.fields.has('hwaddr'))
        layer.draft.leave('hwaddr', 'a profile has no network card of its own');
    }
  for (const [index, { node, layers }] of users.entries())
    for (const [network, device] of merged[index] ?? []) {
      const name = interfaceOf(network, device);
      for (const layer of layers.slice(0, -1)) {
        const own = layer.devices.get(network);
        if (own && nameIn(layer, network, own) === undefined)
          writeShared(node.draft, name, own, layer.devices);
      }
      const own = node.devices.get(network);
      if (own) writeShared(node.draft, name, own, merged[index] ?? new Map());
      const hwaddr = own?.fields.get('hwaddr');
      if (hwaddr) node.draft.mac(hwaddr.text, hwaddr.at, 'hwaddr', name);
      writeAddress(node.draft, name, device);
    }
  for (const [index, { node, layers }] of users.entries())
    writePrimary(node.draft, layers, merged[index] ?? new Map());
}

/** What nodes may share: all but addresses. */
function writeShared(draft: Draft, name: string, { fields, tags }: Device, all: Devices): void {
  for (const [key, { text, at }] of fields) {
    if (key === 'gateway' || (key === 'gateway6' && !fields.has('gateway'))) {
      draft.interface(name).gateway = text;
      draft.placed(`interfaces.${name}.gateway`, at);
    } else if (key === 'mtu') {
      draft.interface(name).mtu = Number(text);
      draft.placed(`interfaces.${name}.mtu`, at);
    } else if (key === 'onboot') {
      if (!isTrue(text)) draft.leave('network devices onboot: false');
    } else if (key === 'type') writeType(draft, name, text.toLowerCase(), tags, all, fields);
    else if (!KNOWN.has(key)) draft.leave(`network devices ${key}`);
  }
  const dns: string[] = [];
  for (const [key, { text, at }] of tags) {
    if (/^DNS\d*$/i.test(key)) {
      dns.push(text);
      draft.placed(`interfaces.${name}.dns`, at);
    } else if (key.toUpperCase() === 'DNSSEARCH') {
      draft.interface(name).search = text.split(/[\s;]+/).filter((word) => word !== '');
      draft.placed(`interfaces.${name}.search`, at);
    } else if (key === 'vlan_id') {
      draft.interface(name).vlan = Number(text);
      draft.placed(`interfaces.${name}.vlan`, at);
    } else if (key === 'parent_device') {
      draft.interface(name).parent = text;
      draft.placed(`interfaces.${name}.parent`, at);
    } else if (key !== 'master' && !(key === 'mode' && isBond(fields)))
      draft.leave(`network devices tag ${shown(key)}`);
  }
  if (dns.length > 0) draft.interface(name).dns = dns;
}

const KNOWN = new Set([
  'device',
  'hwaddr',
  'ipaddr',
  'netmask',
  'ipcidr',
  'default',
  'primary',
  'ipaddr6',
  'prefixlen6',
  'gateway6',
]);

const isBond = (fields: Device['fields']) => /^bond(-master)?$/i.test(fields.get('type')?.text ?? '');

function writeType(
  draft: Draft,
  name: string,
  type: string,
  tags: Device['tags'],
  all: Devices,
  fields: Device['fields'],
): void {
  if (isBond(fields)) {
    const members = [...all].flatMap(([network, device]) =>
      device.tags.get('master')?.text === name ? [interfaceOf(network, device)] : [],
    );
    if (members.length > 0) draft.interface(name).bond = members;
    const mode = tags.get('mode')?.text;
    if (BOND_MODES.some((one) => one === mode))
      draft.interface(name).bond_mode = mode as Interface['bond_mode'];
    else if (mode !== undefined)
      draft.leave('network devices tag mode', `${shown(mode)} is no mode of a bond`);
  } else if (type !== 'ethernet' && type !== 'vlan' && type !== 'bond-slave')
    draft.leave(`network devices type ${shown(type)}`);
}

function writeAddress(draft: Draft, name: string, { fields }: Device): void {
  const cidr = fields.get('ipcidr');
  const [ip, length] = cidr?.text.split('/') ?? [];
  const given = fields.get('ipaddr') ?? (cidr && ip !== undefined ? { text: ip, at: cidr.at } : undefined);
  const six = fields.get('ipaddr6');
  const address = given ?? six;
  if (!address) return;
  if (isIP(address.text) === 0) {
    draft.wrong('ipaddr', `${shown(address.text)} is not an IP address`, address.at);
    return;
  }
  if (given && six) draft.leave('network devices ipaddr6', 'an interface has one address');
  let prefix = isIPv4(address.text) ? undefined : (fields.get('prefixlen6')?.text ?? '64');
  if (prefix === undefined) {
    const mask =
      fields.get('netmask') ?? (cidr && length !== undefined ? { text: length, at: cidr.at } : undefined);
    const found = mask && prefixOf(mask.text);
    if (mask && found === undefined)
      return draft.wrong('netmask', `${shown(mask.text)} is not a netmask`, mask.at);
    if (found === undefined)
      draft.leave('network devices without netmask', 'the address has no prefix length');
    else prefix = String(found);
  }
  draft.interface(name).address =
    prefix === undefined ? address.text : `${address.text}/${prefix.split('/').at(-1)}`;
  draft.placed(`interfaces.${name}.address`, address.at);
}

/** The network that the node boots from: its address is reserved, its card comes first. */
function writePrimary(draft: Draft, layers: readonly Layer[], devices: Devices): void {
  const named = layers.findLast((layer) => layer.primary !== undefined)?.primary;
  const flagged = [...devices].find(
    ([, { fields }]) => isTrue(fields.get('primary')?.text) || isTrue(fields.get('default')?.text),
  );
  const [network] = [named, flagged?.[0], 'default', [...devices.keys()].toSorted()[0]].filter(
    (one) => one !== undefined && devices.has(one),
  );
  const device = network === undefined ? undefined : devices.get(network);
  if (network === undefined || !device) return;
  const cards = Object.values(draft.document.interfaces ?? {}).filter((one) => one?.mac !== undefined);
  const card = draft.document.interfaces?.[interfaceOf(network, device)];
  if (cards.length > 1 && card?.mac !== undefined) draft.document.macs = [card.mac];
  const given = device.fields.get('ipaddr') ?? device.fields.get('ipcidr');
  const address = given?.text.split('/')[0] ?? '';
  if (given && isIPv4(address)) draft.address(address, given.at, 'ipaddr');
}
