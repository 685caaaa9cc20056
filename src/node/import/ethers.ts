/** `/etc/ethers` (man 5 ethers): a MAC address and a host name or address in each line; and `/etc/hosts`. */
import { isIP, isIPv4 } from 'node:net';
import type { Harvest } from './harvest.ts';
import { linesOf, type Source } from './source.ts';
import { shown } from './words.ts';

export interface Hosts {
  /** The first IPv4 address of a name, and of a short name. */
  addresses: Map<string, string>;
  /** The canonical name of an address. */
  names: Map<string, string>;
}

/** Reads `/etc/hosts`. Mistakes go to the harvest. */
export function readHosts({ file, text }: Source, harvest: Harvest, hosts: Hosts): void {
  for (const { line, number } of linesOf(text)) {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    if (isIP(address) === 0 || names.length === 0) {
      const problem =
        isIP(address) === 0 ? `${shown(address)} is not an IP address` : 'no name follows the address';
      harvest.syntax('hosts', problem, { file, line: number, column: line.search(/\S/) + 1 });
      if (harvest.full) return;
      continue;
    }
    if (!isIPv4(address)) continue;
    if (!hosts.names.has(address)) hosts.names.set(address, names[0] ?? '');
    for (const name of names) {
      const key = name.toLowerCase();
      if (!hosts.addresses.has(key)) hosts.addresses.set(key, address);
    }
  }
}

const MAC = /^([0-9a-f]{1,2}:){5}[0-9a-f]{1,2}$/i;

export function readEthers({ file, text }: Source, harvest: Harvest, hosts: Hosts): void {
  for (const { line, number } of linesOf(text)) {
    if (harvest.full) return;
    const column = line.search(/\S/) + 1;
    const [mac = '', host = '', ...rest] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const where = { file, line: number, column };
    if (host === '' || rest.length > 0 || !MAC.test(mac)) {
      const problem = MAC.test(mac)
        ? 'a MAC address and one name are needed'
        : `${shown(mac)} is not a MAC address such as 8:0:20:1:2:3`;
      harvest.syntax('ethers', problem, where);
      continue;
    }
    const at = { line: number, column: line.indexOf(host, column - 1 + mac.length) + 1 };
    const name = isIP(host) ? hosts.names.get(host) : host;
    if (name === undefined) {
      harvest.syntax('ethers', `no name is known for ${host}: give the names, --hosts /etc/hosts`, {
        file,
        ...at,
      });
      continue;
    }
    const draft = harvest.node(name, file, at, { merge: true });
    if (!draft) continue;
    // In this file leading zeros may be left out.
    const pairs = mac.split(':').map((pair) => pair.padStart(2, '0'));
    draft.mac(pairs.join(':'), where, 'MAC address');
    if (isIPv4(host)) draft.address(host, at, 'address');
  }
}
