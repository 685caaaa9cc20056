/**
 * Network cards of xCAT: `mac` with its forms, and `nicips` and the like, either
 * `nicips.eth0=10.1.0.1|10.2.0.1` or `nicips=eth0!10.1.0.1,eth1!10.2.0.1`.
 */
import { isIP, isIPv4 } from 'node:net';
import type { Draft } from './draft.ts';
import type { Stanza, Value } from './stanzas.ts';
import { ipv4Number, prefixOf, shown } from './words.ts';

export interface Network {
  first: number;
  prefix: number;
  gateway?: string;
  mtu?: number;
}

export function networksOf(stanzas: readonly Stanza[]): Map<string, Network> {
  const networks = new Map<string, Network>();
  for (const { name, attributes } of stanzas) {
    const first = ipv4Number(attributes.get('net')?.text ?? '');
    const prefix = prefixOf(attributes.get('mask')?.text ?? '');
    if (first === undefined || prefix === undefined) continue;
    const gateway = attributes.get('gateway')?.text ?? '';
    const mtu = Number(attributes.get('mtu')?.text);
    networks.set(name, { first, prefix, ...(isIPv4(gateway) && { gateway }), ...(mtu >= 68 && { mtu }) });
  }
  return networks;
}

export function writeNics(
  draft: Draft,
  { attributes }: Stanza,
  networks: ReadonlyMap<string, Network>,
): void {
  const nics = new Map<string, Map<string, Value>>();
  for (const [name, value] of attributes)
    if (name.startsWith('nic'))
      for (const [attribute, card, one] of valuesOf(name, value)) {
        const nic = nics.get(card) ?? new Map<string, Value>();
        nics.set(card, nic.set(attribute, one));
      }
  for (const [card, nic] of nics) writeNic(draft, card, nic, networks);
  writeMacs(draft, attributes, nics);
}

function* valuesOf(name: string, value: Value): Generator<[attribute: string, card: string, value: Value]> {
  const [attribute = name, ...rest] = name.split('.');
  if (rest.length > 0) return yield [attribute, rest.join('.'), value];
  for (const part of value.text.split(',')) {
    const [card = '', ...more] = part.split('!');
    if (card.trim() !== '') yield [attribute, card.trim(), { ...value, text: more.join('!') }];
  }
}

function writeNic(
  draft: Draft,
  card: string,
  nic: Map<string, Value>,
  networks: ReadonlyMap<string, Network>,
): void {
  for (const [attribute, { text, at }] of nic) {
    if (text === '') continue;
    if (attribute === 'nicips') {
      const [ip = '', ...more] = text.split('|');
      if (isIP(ip) === 0) {
        draft.wrong(`nicips of ${shown(card)}`, `${shown(ip)} is not an IP address`, at);
        continue;
      }
      if (more.length > 0) draft.leave('further nicips of an interface', 'an interface has one address');
      const network = networkOf(ip, nic.get('nicnetworks')?.text.split('|')[0], networks);
      const one = draft.interface(card);
      one.address = network ? `${ip}/${network.prefix}` : ip;
      draft.placed(`interfaces.${card}.address`, at);
      if (!network) draft.leave('nicips without network', 'the address has no prefix length');
      if (network?.gateway !== undefined) one.gateway = network.gateway;
      if (network?.mtu !== undefined) one.mtu = network.mtu;
    } else if (attribute === 'nictypes' && /^(ethernet|bmc)$/i.test(text)) continue;
    else if (attribute !== 'nicnetworks') draft.leave(shown(attribute));
  }
}

function networkOf(
  ip: string,
  name: string | undefined,
  networks: ReadonlyMap<string, Network>,
): Network | undefined {
  const named = name === undefined ? undefined : networks.get(name);
  if (named) return named;
  const number = ipv4Number(ip);
  if (number === undefined) return undefined;
  return [...networks.values()].find(({ first, prefix }) => {
    const size = 2 ** (32 - prefix);
    return Math.floor(number / size) === Math.floor(first / size);
  });
}

/** `MAC`, or `MAC!host|MAC!host-eth1|MAC!*NOIP*`: a host name that ends as a card's does tells the card. */
function writeMacs(
  draft: Draft,
  attributes: Stanza['attributes'],
  nics: ReadonlyMap<string, Map<string, Value>>,
): void {
  const value = attributes.get('mac');
  if (!value || value.text === '') return;
  if (draft.kind !== 'node') return draft.leave('mac', 'a group has no network card');
  const install = attributes.get('installnic')?.text ?? attributes.get('primarynic')?.text ?? '';
  for (const [index, part] of value.text.split('|').entries()) {
    const [mac = '', host] = part.split('!');
    const suffixed = [...nics].find(([, nic]) => {
      const suffix = nic.get('nichostnamesuffixes')?.text.split('|')[0];
      return suffix !== undefined && suffix !== '' && host === draft.source + suffix;
    })?.[0];
    const card = suffixed ?? (index === 0 && nics.has(install) ? install : undefined);
    draft.mac(mac.trim(), value.at, 'mac', card);
    if (host === '*NOIP*') draft.leave('mac …!*NOIP*', 'the card boots like the others');
    else if (host !== undefined && host !== draft.source && suffixed === undefined)
      draft.leave('mac …!host name', 'the card has no name of its own');
  }
}
