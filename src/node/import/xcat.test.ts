import { expect, test } from 'vitest';
import { documents, mistakes, notices, reading } from '../../../test/support/importing.ts';

/** The form is that of the examples in xCAT's documentation and tests. */
const STANZAS = `# <xCAT data object stanza file>

default-node:
    groups=all,compute
    arch=x86_64

clstrnet1:
    objtype=network
    net=10.4.0.0
    mask=255.255.0.0
    gateway=10.4.0.1
    mtu=9000

compute:
    objtype=group
    grouptype=static
    members=cn1,Cn2
    usercomment=All that compute
    addkcmdline=R::quiet  "crashkernel=256M"

__mgmt:
    objtype=group
    members=cn1

cn1:
    objtype=node
    arch=x86_64
    addkcmdline=iommu=pt root=/dev/sda1
    bmc=10.5.42.1
    bmcpassword=PASSW0RD
    bmcusername=USERID
    groups=all,compute,GPU nodes
    installnic=eth0
    ip=10.4.42.1
    kcmdline=quiet repo=http://!myipfn!:80/install ksdevice=34:40:b5:b9:c0:18
    mac=34:40:b5:b9:c0:18!cn1|34:40:b5:b9:c0:19!cn1-eth1|34:40:b5:b9:c0:1a!*NOIP*
    nicips.eth0=10.4.42.1
    nicips.eth1=60.0.0.7|70.0.0.7
    nichostnamesuffixes.eth1=-eth1
    nictypes.eth0=Ethernet
    nicnetworks.eth0=clstrnet1
    postscripts=syslog,remoteshell
    provmethod=rhels8.6-x86_64-netboot-compute
    rack=r7
    serialflow=hard
    serialport=0
    serialspeed=115200

Cn2:
    objtype=node
    MAC=
    mac=3440B5B9C020
    nicips=eth0!10.4.42.2,ib0!10.9.0.2
    arch=ppc64le
    provmethod=netboot
    ip=2001:db8::2

rhels8.6-x86_64-netboot-compute:
    objtype=osimage
    imagetype=linux
`;

test('stanzas: nodes, groups with members, cards with addresses of networks, defaults', () => {
  const read = reading(STANZAS);
  expect(read.sources[0]?.format).toBe('xcat');
  expect(documents(read)).toEqual({
    profiles: {},
    groups: {
      compute: { description: 'All that compute', arguments: ['quiet', 'crashkernel=256M'] },
      mgmt: {},
      all: {},
      gpu: {},
      nodes: {},
    },
    nodes: {
      cn1: {
        architecture: 'amd64',
        arguments: ['iommu=pt', 'console=ttyS0,115200n8r'],
        bmc: { address: '10.5.42.1' },
        groups: ['all', 'compute', 'gpu', 'nodes', 'mgmt'],
        address: '10.4.42.1',
        image: 'rhels8.6-x86_64-netboot-compute',
        tags: { rack: 'r7' },
        macs: ['34:40:b5:b9:c0:1a'],
        interfaces: {
          eth0: { mac: '34:40:b5:b9:c0:18', address: '10.4.42.1/16', gateway: '10.4.0.1', mtu: 9000 },
          eth1: { mac: '34:40:b5:b9:c0:19', address: '60.0.0.7' },
        },
      },
      cn2: {
        groups: ['all', 'compute'],
        macs: ['34:40:b5:b9:c0:20'],
        interfaces: {
          eth0: { address: '10.4.42.2/16', gateway: '10.4.0.1', mtu: 9000 },
          ib0: { address: '10.9.0.2' },
        },
      },
    },
  });
  expect(notices(read)).toEqual(
    expect.arrayContaining([
      'arch: cn2 (ppc64le is no architecture that Slipway boots)',
      'bmcpassword (a secret): cn1',
      'bmcusername: cn1',
      'ip: cn2 (IPv6: full DHCP reserves IPv4 only)',
      'kcmdline: cn1',
      'kernel argument root: cn1 (only Slipway sets it)',
      'name of group __mgmt: mgmt (it is mgmt now)',
      'osimage objects:  (nodes, groups and networks are read)',
      'provmethod netboot: cn2 (no image is named)',
    ]),
  );
  expect(JSON.stringify(read)).not.toContain('PASSW0RD');
});

test('mistakes have their lines', () => {
  expect(
    mistakes(`x=1
n1:
    objtype=node
    nonsense
    mac=zz
    ip=10.0.0
n2:
    ip=10.0.0.1
`),
  ).toEqual([
    '1:1 import/syntax Not valid in the format xcat: a line NAME: must come first',
    '4:5 import/syntax Not valid in the format xcat: nonsense is neither NAME: nor ATTRIBUTE=VALUE',
    expect.stringContaining('5:9 import/value n1: mac: "zz" is not a MAC address'),
    '6:8 import/value n1: ip: 10.0.0 is not an IP address',
    '7:1 import/syntax Not valid in the format xcat: n2 has no objtype',
  ]);
  expect(mistakes('n1:\n objtype=node\nn1:\n objtype=node\n')).toEqual([
    '3:1 import/twice The name n1 is there twice: for n1, and for n1 at source:1:1',
  ]);
});
