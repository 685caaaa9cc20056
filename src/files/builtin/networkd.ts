/** Configuration for systemd-networkd: systemd.network(5), systemd.netdev(5). */
import type { Builtin, Made } from './builtin.ts';
import { linksOf, withPrefix, type Link } from './links.ts';

type Section = [title: string, ...lines: (string | false | undefined)[]];

export const networkd: Builtin = {
  name: 'networkd',
  brief: '/etc/systemd/network: the interfaces of the node for systemd-networkd',
  async make(input) {
    return linksOf(input).flatMap((link) => {
      const files: Made[] = [];
      const base = `${link.boot ? '05' : '50'}-slipway-${link.name.replaceAll(':', '_')}`;
      if (link.kind !== 'ethernet') files.push({ name: `${base}.netdev`, content: text(netdev(link)) });
      if (input.byDefault && link.boot)
        // What the boot set up holds; it only learns of the VLANs on top of it.
        files.push({
          name: '10-slipway-boot.network.d/slipway.conf',
          content: text([['Network', ...link.vlans.map((name) => `VLAN=${name}`)]]),
        });
      else files.push({ name: `${base}.network`, content: text(network(link)) });
      return files;
    });
  },
};

function netdev(link: Link): Section[] {
  const { name, kind, mac, mtu, vlan, bond_mode: mode } = link;
  const head: Section = [
    'NetDev',
    `Name=${name}`,
    `Kind=${kind}`,
    mac && `MACAddress=${mac}`,
    mtu !== undefined && `MTUBytes=${mtu}`,
  ];
  if (kind === 'vlan') return [head, ['VLAN', `Id=${vlan}`]];
  if (kind === 'bond') return [head, ['Bond', `Mode=${mode ?? 'active-backup'}`, 'MIIMonitorSec=100ms']];
  return [head];
}

function network(link: Link): Section[] {
  const { name, kind, mac, mtu, master, masterKind, vlans, address, gateway } = link;
  // VLANs and bonds have the address of what is below them: the type tells them apart.
  const match =
    kind === 'ethernet' && mac !== undefined ? [`MACAddress=${mac}`, 'Type=ether'] : [`Name=${name}`];
  const dhcp = link.dhcp === true;
  const configured = dhcp || address !== undefined;
  return [
    ['Match', ...match],
    ['Link', mtu !== undefined && `MTUBytes=${mtu}`, 'RequiredForOnline=no'],
    [
      'Network',
      master !== undefined && `${masterKind === 'bond' ? 'Bond' : 'Bridge'}=${master}`,
      ...vlans.map((one) => `VLAN=${one}`),
      dhcp && 'DHCP=yes',
      !configured && 'LinkLocalAddressing=no',
      address !== undefined && `Address=${withPrefix(address)}`,
      gateway !== undefined && `Gateway=${gateway}`,
      ...(link.dns ?? []).map((one) => `DNS=${one}`),
      link.search !== undefined && link.search.length > 0 && `Domains=${link.search.join(' ')}`,
    ],
  ];
}

function text(sections: readonly Section[]): string {
  const blocks = sections.map(([title, ...lines]) => {
    const said = lines.filter((line) => typeof line === 'string');
    return said.length > 0 ? `[${title}]\n${said.join('\n')}\n` : '';
  });
  return `# Made by Slipway from the registry of nodes.\n${blocks.filter((block) => block !== '').join('\n')}`;
}
