import { expect, test } from 'vitest';
import { documents, mistakes, notices, reading } from '../../../test/support/importing.ts';

const V46 = `nodeprofiles:
  default:
    comment: This profile is automatically included for each node
    runtime overlay:
      - hosts
    image name: rockylinux-9
    kernel:
      version: 5.14.0
      args:
        - quiet
        - crashkernel=no
    init: /sbin/init
    root: initramfs
    ipxe template: default
    ipmi:
      username: admin
      password: hunter2
      port: "623"
    network devices:
      default:
        netmask: 255.255.252.0
        gateway: 10.0.0.1
        mtu: "9000"
    resources:
      fstab:
        - spec: warewulf:/home
          file: /home
      site:
        password: hunter2
        quota: true
  gpu:
    profiles:
      - base
    kernel:
      args:
        - ~crashkernel=no
        - nvidia.modeset=1 iommu=pt
  base:
    tags:
      Row: b
nodes:
  n1.cluster.example:
    profiles:
      - default
      - gpu
    network devices:
      default:
        device: eno1
        hwaddr: E6:92:39:49:7B:03
        ipaddr: 10.0.2.1
        tags:
          DNS1: 10.0.0.1
          DNSSEARCH: cluster.example example
      vlan:
        type: vlan
        device: eno1.902
        ipaddr: 192.0.2.1
        netmask: 255.255.255.128
        tags:
          vlan_id: 902
          parent_device: eno1
      ib:
        type: infiniband
        device: ib0
        hwaddr: a0:00:02:20:fe:80:00:00:00:00:00:00:ec:0d:9a:03:00:1d:13:41
        ipaddr: 10.9.2.1
    ipmi:
      ipaddr: 10.0.6.1
    discoverable: "true"
  N2:
    profiles: [default]
    network devices:
      default:
        device: eno1
        hwaddr: e6-92-39-49-7b-04
        ipaddr: 10.0.2.2
`;

test('nodes.conf of 4.6: profiles, addresses with the prefix of a profile, negated arguments, what is left', () => {
  const read = reading(V46);
  expect(read.sources).toEqual([{ file: 'source', format: 'warewulf' }]);
  expect(documents(read)).toEqual({
    groups: {},
    profiles: {
      default: {
        description: 'This profile is automatically included for each node',
        image: 'rockylinux-9',
        arguments: ['quiet', 'crashkernel=no'],
        bmc: { port: 623 },
        interfaces: { eno1: { gateway: '10.0.0.1', mtu: 9000 } },
        variables: { fstab: [{ spec: 'warewulf:/home', file: '/home' }], site: { quota: true } },
      },
      gpu: { arguments: ['!crashkernel=no', 'nvidia.modeset=1', 'iommu=pt'] },
      base: { tags: { row: 'b' } },
    },
    nodes: {
      n1: {
        profiles: ['default', 'base', 'gpu'],
        address: '10.0.2.1',
        bmc: { address: '10.0.6.1' },
        variables: { domain: 'cluster.example' },
        interfaces: {
          eno1: {
            mac: 'e6:92:39:49:7b:03',
            address: '10.0.2.1/22',
            dns: ['10.0.0.1'],
            search: ['cluster.example', 'example'],
          },
          'eno1.902': { address: '192.0.2.1/25', vlan: 902, parent: 'eno1' },
          ib0: { address: '10.9.2.1' },
        },
      },
      n2: {
        profiles: ['default'],
        address: '10.0.2.2',
        interfaces: { eno1: { mac: 'e6:92:39:49:7b:04', address: '10.0.2.2/22' } },
      },
    },
  });
  expect(notices(read)).toEqual([
    'discoverable: n1',
    'hwaddr: n1 (it is of InfiniBand, not of Ethernet)',
    'ipmi password: default',
    'ipmi username: default',
    'kernel version: default',
    'name of tag Row: base (it is row now)',
    'network devices type infiniband: n1',
    'network devices without netmask: n1 (the address has no prefix length)',
    'resources site: password: default (by its name it is a secret)',
    'runtime overlay: default',
  ]);
  expect(JSON.stringify(read)).not.toContain('hunter2');
});

test('nodes.conf before 4.6: a text of arguments replaces, nodes without profiles have the default one', () => {
  const read = reading(`WW_INTERNAL: 43
nodeprofiles:
  default:
    container name: Rocky-8
    kernel args: quiet console=ttyS0
    ipmi netmask: 255.255.255.0
    keys: {Site: a}
nodes:
  n1:
    network devices:
      eth0: {hwaddr: '52:54:00:00:00:01', ipcidr: 10.0.0.1/24, default: "true"}
      eth1: {hwaddr: '52:54:00:00:00:02', ip6addr: '2001:db8::1', prefixlen6: "48"}
  n2:
    profiles: [default]
    kernel:
      override: 5.14.21
      args: quiet "dyndbg=\\"x\\""  console=tty0
    primary network: eth1
    network devices:
      eth0: {hwaddr: '52:54:00:00:00:03'}
      eth1: {hwaddr: '52:54:00:00:00:04', ipaddr: 10.0.0.2, netmask: 255.255.255.0}
`);
  expect(documents(read)).toEqual({
    groups: {},
    profiles: { default: { image: 'rocky-8', arguments: ['quiet', 'console=ttyS0'], tags: { site: 'a' } } },
    nodes: {
      n1: {
        profiles: ['default'],
        address: '10.0.0.1',
        macs: ['52:54:00:00:00:01'],
        interfaces: {
          eth0: { mac: '52:54:00:00:00:01', address: '10.0.0.1/24' },
          eth1: { mac: '52:54:00:00:00:02', address: '2001:db8::1/48' },
        },
      },
      n2: {
        profiles: ['default'],
        address: '10.0.0.2',
        macs: ['52:54:00:00:00:04'],
        arguments: ['!console=ttyS0', 'quiet', 'console=tty0'],
        interfaces: {
          eth0: { mac: '52:54:00:00:00:03' },
          eth1: { mac: '52:54:00:00:00:04', address: '10.0.0.2/24' },
        },
      },
    },
  });
  expect(notices(read)).toContain('ipmi netmask: default');
  expect(notices(read)).toContain('kernel override: n2');
});

test('an interface with other names on its nodes goes to the nodes, a bond knows its members', () => {
  const read = reading(`nodeprofiles:
  p:
    network devices:
      default: {gateway: 10.0.0.1, netmask: 255.0.0.0}
nodes:
  a:
    profiles: [p]
    network devices:
      default: {device: eth0, ipaddr: 10.0.0.2}
  b:
    profiles: [p]
    network devices:
      default: {type: bond, device: bond0, ipaddr: 10.0.0.3, tags: {mode: 802.3ad, miimon: "100"}}
      x: {type: bond-slave, device: eno1, hwaddr: '52:54:00:00:00:01', tags: {master: bond0}}
      y: {type: bond-slave, device: eno2, tags: {master: bond0}}
`);
  expect(documents(read)).toMatchObject({
    profiles: { p: {} },
    nodes: {
      a: { interfaces: { eth0: { gateway: '10.0.0.1', address: '10.0.0.2/8' } } },
      b: {
        interfaces: {
          bond0: { gateway: '10.0.0.1', address: '10.0.0.3/8', bond: ['eno1', 'eno2'], bond_mode: '802.3ad' },
          eno1: { mac: '52:54:00:00:00:01' },
        },
      },
    },
  });
  expect(documents(read)['profiles']?.['p']).toEqual({});
  expect(notices(read)).toContain('network devices tag miimon: b');
});

test('all mistakes at once, with their places', () => {
  const wrong = `nodes:
  n1:
    network devices:
      default:
        hwaddr: 52:54:00:00:00
        ipaddr: 10.0.0.999
        mtu: "12"
  N1: {}
  "bad name":
    tags: {}
  n2:
    network devices: [x]
  n3:
    network devices:
      default:
        hwaddr: 52:54:00:00:00:07
        ipaddr: 10.0.0.7
        netmask: 255.0.255.0
  10.0.0.1: {}
`;
  expect(mistakes(wrong).map((line) => line.replace(/: It must have.*/, ''))).toEqual([
    '5:17 import/value n1: hwaddr: "52:54:00:00:00" is not a MAC address',
    '6:17 import/value n1: ipaddr: 10.0.0.999 is not an IP address',
    '7:14 import/value n1: interfaces.eth0.mtu: Too small: expected number to be >=68',
    '8:3 import/twice The name n1 is there twice: for N1, and for n1 at source:2:3',
    '9:3 import/name "bad name" cannot be the name of a node: it has other characters or is too long',
    '12:22 import/value n2: network devices: must be a map, not a list',
    '18:18 import/value n3: netmask: 255.0.255.0 is not a netmask',
    '19:3 import/name 10.0.0.1 cannot be the name of a node: it is an address',
  ]);
  const twins = `nodes:
  a: {network devices: {default: {hwaddr: 52-54-00-00-00-01, ipaddr: 10.0.0.1}}}
  b: {network devices: {default: {hwaddr: 52-54-00-00-00-01, ipaddr: 10.0.0.1, mtu: 5}}}
`;
  expect(mistakes(twins)).toEqual([
    '3:43 import/twice MAC address 52:54:00:00:00:01 is there twice: for b, and for a at source:2:43',
    '3:70 import/twice Address 10.0.0.1 is there twice: for b, and for a at source:2:70',
    '3:85 import/value b: interfaces.eth0.mtu: Too small: expected number to be >=68',
  ]);
});

test('aliases: bombs are refused, honest ones are understood', () => {
  const bomb = ['nodes:', '  a: &a0 {tags: {k: v}}'];
  for (let i = 1; i < 40; i++) bomb.push(`  b${i}: &a${i} {x: *a${i - 1}, y: *a${i - 1}}`);
  expect(mistakes(bomb.join('\n'))[0]).toContain('yaml/syntax');
  const read = reading('common: &c {comment: x}\nnodes:\n  a: *c\n  b:\n    <<: *c\n    asset key: "7"\n');
  expect(documents(read)['nodes']).toEqual({
    a: { tags: { comment: 'x' } },
    b: { tags: { comment: 'x', asset: '7' } },
  });
});
