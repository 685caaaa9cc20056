import { describe, expect, it } from 'vitest';
import type { Interface } from '../../node/interface-schema.ts';
import { clusterScope, nodeScope, type NodeLike } from '../scope.ts';
import type { Builtin } from './builtin.ts';
import { hosts } from './hosts.ts';
import { networkd } from './networkd.ts';
import { networkmanager } from './networkmanager.ts';

const boot = '52:54:00:00:00:01';
const other = '52:54:00:00:00:02';

function node(
  name: string,
  interfaces: Record<string, Interface> = {},
  address?: string,
): NodeLike & { id: string } {
  const rest = {
    groups: [],
    profiles: [],
    tags: {},
    ipxe: {},
    variables: {},
    bmc: {},
    files: {},
    arguments: [],
  };
  return {
    id: name,
    name,
    macs: [boot],
    interfaces,
    address,
    architecture: 'amd64',
    ssh_host_keys: true,
    ...rest,
  };
}
async function made(builtin: Builtin, one: NodeLike, byDefault = false, all: NodeLike[] = [one]) {
  const scope = clusterScope(all as unknown as Parameters<typeof clusterScope>[0]);
  const files = await builtin.make({
    node: nodeScope(one),
    byDefault,
    cluster: async () => ({ scope, digest: '' }),
  });
  return Object.fromEntries(
    files.map((file) => [file.name, file.content.replace(/^# Made by Slipway.*\n/, '')]),
  );
}

describe('hosts', () => {
  it('has all nodes in natural order, an address once, and the node itself also without one', async () => {
    const all = [
      node('n10', {}, '10.0.0.10'),
      node('n2.example', { eth0: { address: '10.0.0.2/8' }, 'ib0:1': { address: '10.1.0.2/8' } }),
      node('bare'),
    ];
    const table = '10.0.0.2 n2.example n2 n2.example-eth0\n10.1.0.2 n2.example-ib0-1\n10.0.0.10 n10\n';
    const head = '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n';
    expect(await made(hosts, all[0] as NodeLike, false, all)).toEqual({ '': head + table });
    expect(await made(hosts, all[2] as NodeLike, false, all)).toEqual({
      '': `${head}127.0.1.1 bare\n${table}`,
    });
  });
});

const full: Record<string, Interface> = {
  eth0: { mac: boot, mtu: 9000 },
  eth1: { mac: other },
  eth2: { dhcp: true },
  bond0: { bond: ['eth1', 'eth3', 'eth0'], bond_mode: '802.3ad', mtu: 9000 },
  'bond0.7': {
    parent: 'bond0',
    vlan: 7,
    address: '10.7.0.1/16',
    gateway: '10.7.0.254',
    dns: ['10.0.0.53'],
    search: ['a.example', 'b.example'],
  },
  'eth0.8': { parent: 'eth0', vlan: 8, address: 'fd00::1' },
  br0: { bridge: ['tap0'], address: '192.0.2.1' },
};

describe('by default, what the boot set up is left alone', () => {
  it('nothing where nothing is said of other interfaces', async () => {
    for (const builtin of [networkd, networkmanager])
      expect(
        await made(
          builtin,
          node('n1', { eth0: { mac: boot, address: '10.0.0.1/8', mtu: 9000 }, eth1: { mac: other } }),
          true,
        ),
      ).toEqual({});
  });

  it('networkd', async () => {
    const files = await made(networkd, node('n1', full), true);
    expect(Object.keys(files).toSorted()).toEqual([
      '10-slipway-boot.network.d/slipway.conf',
      '50-slipway-bond0.7.netdev', '50-slipway-bond0.7.network', '50-slipway-bond0.netdev', '50-slipway-bond0.network',
      '50-slipway-br0.netdev', '50-slipway-br0.network', '50-slipway-eth0.8.netdev', '50-slipway-eth0.8.network',
      '50-slipway-eth1.network', '50-slipway-eth2.network', '50-slipway-eth3.network', '50-slipway-tap0.network',
    ]); // prettier-ignore
    expect(files['10-slipway-boot.network.d/slipway.conf']).toBe('[Network]\nVLAN=eth0.8\n');
    expect(files['50-slipway-eth1.network']).toBe(
      `[Match]\nMACAddress=${other}\nType=ether\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nBond=bond0\nLinkLocalAddressing=no\n`,
    );
    expect(files['50-slipway-bond0.netdev']).toBe(
      '[NetDev]\nName=bond0\nKind=bond\nMTUBytes=9000\n\n[Bond]\nMode=802.3ad\nMIIMonitorSec=100ms\n',
    );
    expect(files['50-slipway-bond0.7.network']).toBe(
      '[Match]\nName=bond0.7\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nAddress=10.7.0.1/16\nGateway=10.7.0.254\nDNS=10.0.0.53\nDomains=a.example b.example\n',
    );
    expect(files['50-slipway-eth0.8.network']).toContain('Address=fd00::1/128\n');
    expect(files['50-slipway-eth2.network']).toContain('DHCP=yes\n');
  });

  it('NetworkManager', async () => {
    const files = await made(networkmanager, node('n1', full), true);
    expect(Object.keys(files)).not.toContain('slipway-eth0.nmconnection');
    expect(files['slipway-bond0.7.nmconnection']).toBe(
      '\n[connection]\nid=slipway-bond0.7\ntype=vlan\ninterface-name=bond0.7\nautoconnect-priority=200\n' +
        '\n[ethernet]\n\n[vlan]\nid=7\nparent=bond0\n' +
        '\n[ipv4]\nmethod=manual\naddress1=10.7.0.1/16,10.7.0.254\ndns=10.0.0.53;\ndns-search=a.example;b.example;\n\n[ipv6]\nmethod=disabled\n',
    );
    expect(files['slipway-eth1.nmconnection']).toBe(
      `\n[connection]\nid=slipway-eth1\ntype=ethernet\nautoconnect-priority=200\nmaster=bond0\nslave-type=bond\n\n[ethernet]\nmac-address=${other}\n`,
    );
  });
});

it('where it is asked for, the boot interface is set up too, before what the boot made', async () => {
  const files = await made(networkd, node('n1', { eth0: { mac: boot, address: '10.0.0.1/8' } }));
  expect(Object.keys(files)).toEqual(['05-slipway-eth0.network']);
  expect(files['05-slipway-eth0.network']).toContain('Address=10.0.0.1/8\n');
});
