/** Which network to serve: from the configuration, or the only one there is. */
import { networkInterfaces } from 'node:os';
import type { Config } from '../system/config.ts';
import { servedAddresses, type Interfaces } from '../system/served.ts';
import { fail } from './errors.ts';

export interface Network {
  interface: string;
  address: string;
  netmask: string;
  /** Whether the interface has an address of fd00::/8: a private IPv6 network of our own. */
  uniqueLocal: boolean;
}

/**
 * Picks interface and address.
 * @throws SlipwayError `serve/no-address`, `serve/no-interface`, `serve/several-networks`
 */
export function pickNetwork(config: Config, interfaces: Interfaces = networkInterfaces()): Network {
  const wanted = config.serve;
  const fitting = servedAddresses(config, interfaces);
  const [first] = fitting;
  if (!first) {
    if (wanted.address !== undefined) throw fail('no-interface', { address: wanted.address });
    throw fail('no-address', { where: wanted.interface === undefined ? '' : `: ${wanted.interface}` });
  }
  const names = [...new Set(fitting.map(({ name }) => name))];
  if (config.dhcp.mode === 'full' && names.length > 1)
    throw fail('several-networks', { all: names.join(', ') });
  const { name, info } = first;
  const uniqueLocal = (interfaces[name] ?? []).some(
    ({ family, address }) => family === 'IPv6' && /^fd/i.test(address),
  );
  return { interface: name, address: info.address, netmask: info.netmask, uniqueLocal };
}

/** First address of the network that an address is in. */
export function networkAddress(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((part, index) => Number(part) & (mask[index] ?? 0))
    .join('.');
}
