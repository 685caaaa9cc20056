/** Configuration for NetworkManager: nm-settings-keyfile(5). */
import type { Builtin } from './builtin.ts';
import { linksOf, withPrefix, type Link } from './links.ts';

export const networkmanager: Builtin = {
  name: 'networkmanager',
  brief: '/etc/NetworkManager/system-connections: the interfaces of the node for NetworkManager',
  async make(input) {
    const links = linksOf(input);
    const macs = new Map(links.map(({ name, mac }) => [name, mac]));
    return links
      .filter((link) => !(input.byDefault && link.boot))
      .map((link) => ({
        name: `slipway-${link.name.replaceAll(':', '_')}.nmconnection`,
        content: keyfile(link, macs.get(link.parent ?? '')),
        // NetworkManager reads no others.
        mode: '0600',
      }));
  },
};

type Section = [title: string, ...lines: (string | false | undefined)[]];

function keyfile(link: Link, parentMac: string | undefined): string {
  const { name, kind, mac, mtu, master, masterKind } = link;
  const byMac = kind === 'ethernet' && mac !== undefined;
  const ethernet: Section = [
    'ethernet',
    kind === 'ethernet'
      ? byMac && `mac-address=${mac}`
      : kind === 'vlan' && parentMac !== undefined && `mac-address=${parentMac}`,
    mtu !== undefined && `mtu=${mtu}`,
  ];
  const sections: Section[] = [
    [
      'connection',
      `id=slipway-${name}`,
      `type=${kind}`,
      !byMac && `interface-name=${name}`,
      // More than the connection that the boot set up.
      'autoconnect-priority=200',
      master !== undefined && `master=${master}`,
      master !== undefined && `slave-type=${masterKind}`,
    ],
    ethernet,
  ];
  if (kind === 'bond') sections.push(['bond', `mode=${link.bond_mode ?? 'active-backup'}`, 'miimon=100']);
  if (kind === 'vlan')
    sections.push([
      'vlan',
      `id=${link.vlan}`,
      link.parent !== undefined && parentMac === undefined && `parent=${link.parent}`,
    ]);
  if (master === undefined) sections.push(addresses(link, 4), addresses(link, 6));
  return (
    '# Made by Slipway from the registry of nodes.\n' +
    sections
      .map(([title, ...lines]) => [title, lines.filter((line) => typeof line === 'string')] as const)
      .filter(([title, lines]) => lines.length > 0 || title === 'ethernet')
      .map(([title, lines]) => `\n[${title}]\n${lines.map((line) => `${line}\n`).join('')}`)
      .join('')
  );
}

function addresses(link: Link, family: 4 | 6): Section {
  const here = (one: string | undefined) => one !== undefined && one.includes(':') === (family === 6);
  const address = here(link.address) ? link.address : undefined;
  const gateway = here(link.gateway) ? link.gateway : undefined;
  const dns = (link.dns ?? []).filter(here);
  const auto = link.dhcp === true;
  const method = auto ? 'auto' : address !== undefined ? 'manual' : 'disabled';
  return [
    `ipv${family}`,
    `method=${method}`,
    address !== undefined && `address1=${withPrefix(address)}${gateway === undefined ? '' : `,${gateway}`}`,
    ...(method === 'disabled'
      ? []
      : [
          dns.length > 0 && `dns=${dns.map((one) => `${one};`).join('')}`,
          link.search !== undefined &&
            link.search.length > 0 &&
            `dns-search=${link.search.map((one) => `${one};`).join('')}`,
        ]),
  ];
}
