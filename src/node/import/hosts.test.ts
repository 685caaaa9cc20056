/** dnsmasq, ISC DHCP, Kea, ethers. */
import { expect, test } from 'vitest';
import { documents, mistakes, notices, reading } from '../../../test/support/importing.ts';

const nodes = (text: string, options?: Parameters<typeof reading>[1]) =>
  documents(reading(text, options))['nodes'];

test('dnsmasq: dhcp-host in its forms', () => {
  const text = `# our network
interface=eth1
dhcp-range=10.0.0.50,10.0.0.150,12h   # pool
dhcp-host=52:54:00:00:00:01,10.0.0.1,n1,infinite
dhcp-host=52:54:00:00:00:02,52-54-00-00-00-12,set:rack1,set:gpu,N2,10.0.0.2 # two cards
dhcp-host = n3 , 10.0.0.3 , 45m
dhcp-host=52:54:00:00:00:04,id:01:02:03,n4.lab.example,3600,[2001:db8::4]
dhcp-host=52:54:00:00:00:05,ignore
dhcp-host=52:54:00:00:00:*,tag:x,net:old,n6
dhcp-host=52:54:00:00:00:07,10.0.0.7
dhcp-host=52:54:0:0:0:17,n1
conf-dir=/etc/dnsmasq.d
no-hosts
`;
  const read = reading(text);
  expect(read.sources[0]?.format).toBe('dnsmasq');
  expect(documents(read)).toEqual({
    profiles: {},
    groups: { rack1: {}, gpu: {}, old: {} },
    nodes: {
      n1: { macs: ['52:54:00:00:00:01', '52:54:00:00:00:17'], address: '10.0.0.1' },
      n2: { macs: ['52:54:00:00:00:02', '52:54:00:00:00:12'], address: '10.0.0.2', groups: ['rack1', 'gpu'] },
      n3: { address: '10.0.0.3' },
      n4: { macs: ['52:54:00:00:00:04'], variables: { domain: 'lab.example' } },
      n6: { groups: ['old'] },
    },
  });
  expect(notices(read)).toEqual([
    'address: n4 (IPv6: full DHCP reserves IPv4 only)',
    'conf-dir=:  (name the file in the command too)',
    'dhcp-host: MAC address with *: n6',
    'dhcp-host: id:: n4',
    'dhcp-host: lease time: n[1,3-4]',
    'dhcp-host: tag:: n6',
    'dhcp-host= with ignore:  (the machine is told nothing)',
    'dhcp-host= without a name:  (a node needs a name)',
    'dhcp-range=:  (only hosts are read)',
    'interface=:  (only hosts are read)',
    'no MAC address: n[3,6] (the node cannot boot until it has one)',
    'no-hosts=:  (only hosts are read)',
  ]);
});

test('dnsmasq: a file for dhcp-hostsfile, and mistakes', () => {
  expect(nodes('# x\n52:54:00:00:00:01,10.0.0.1,n1\n52:54:00:00:00:02,set:a,n2\n')).toEqual({
    n1: { macs: ['52:54:00:00:00:01'], address: '10.0.0.1' },
    n2: { macs: ['52:54:00:00:00:02'], groups: ['a'] },
  });
  expect(
    mistakes('dhcp-host=52:54:00:00:00:01,n1,what\ndhcp-host=52:54:00:00:00:02,10.0.0.300,n2\n;rm -rf /\n'),
  ).toEqual([
    '1:32 import/syntax Not valid in the format dnsmasq: what is no part of dhcp-host; the name is n1',
    '2:29 import/value n2: address: 10.0.0.300 is not an IP address',
    '3:1 import/syntax Not valid in the format dnsmasq: ";rm -rf /" is no option',
  ]);
});

test('ISC DHCP: hosts in subnets and groups, the name that the host is told, names as addresses', () => {
  const text = `# dhcpd.conf
option domain-name "cluster.example";  include "/etc/dhcp/more.conf";
subnet 10.0.0.0 netmask 255.255.255.0 {
  option routers 10.0.0.1; # host x {
  host n1 { hardware ethernet 52:54:0:0:0:1; fixed-address 10.0.0.2, 10.0.0.3; }
  group {
    filename "pxelinux.0";
    host label-7 {
      hardware ethernet 52:54:00:00:00:02;
      fixed-address n2.cluster.example;
      option host-name "n2.cluster.example";
      option root-path "10.0.0.1:/";
      if exists agent.circuit-id { next-server 10.0.0.1; }
    }
  }
}
host n3{hardware ethernet 52:54:00:00:00:03;}
host gone { deleted; }
`;
  const read = reading(text, { hosts: '10.0.0.9 n2.cluster.example n2\n' });
  expect(read.sources[0]?.format).toBe('isc-dhcp');
  expect(documents(read)['nodes']).toEqual({
    n1: { macs: ['52:54:00:00:00:01'], address: '10.0.0.2' },
    n2: { macs: ['52:54:00:00:00:02'], address: '10.0.0.9', variables: { domain: 'cluster.example' } },
    n3: { macs: ['52:54:00:00:00:03'] },
  });
  expect(notices(read)).toEqual([
    'filename of a subnet or group:  (only hosts are read)',
    'further fixed-address: n1 (one address is reserved for a node)',
    'include:  (not followed: name the file in the command too)',
    'next-server: n2',
    'option domain-name:  (only hosts are read)',
    'option root-path: n2',
    'option routers of a subnet or group:  (only hosts are read)',
  ]);
  expect(
    mistakes('host a { hardware ethernet zz; fixed-address 10.0.0.999 }\n}\nhost b {', {
      format: 'isc-dhcp',
    }),
  ).toEqual([
    expect.stringMatching(/^1:28 import\/value a: hardware ethernet: /),
    '1:32 import/syntax Not valid in the format isc-dhcp: a semicolon is missing before the brace',
    '2:1 import/syntax Not valid in the format isc-dhcp: this brace closes nothing',
    '3:1 import/syntax Not valid in the format isc-dhcp: the block of host is not closed',
  ]);
});

test('Kea: reservations with comments', () => {
  const text = `// Kea
{ "Dhcp4": { # all
  "valid-lifetime": 3600,
  "reservations": [ { "hw-address": "52-54-00-00-00-01", "hostname": "n1", "ip-address": "10.0.0.1" } ],
  "shared-networks": [ { "subnet4": [ { "subnet": "10.1.0.0/16", /* two */ "reservations": [
    { "duid": "01:02", "hostname": "n2.example.org", "client-classes": ["gpu"] },
    { "hw-address": "52:54:00:00:00:03" },
  ] } ] } ] } }`;
  const read = reading(text);
  expect(read.sources[0]?.format).toBe('kea');
  expect(documents(read)).toEqual({
    profiles: {},
    groups: { gpu: {} },
    nodes: {
      n1: { macs: ['52:54:00:00:00:01'], address: '10.0.0.1' },
      n2: { groups: ['gpu'], variables: { domain: 'example.org' } },
    },
  });
  expect(notices(read)).toContain('duid: n2');
  expect(mistakes('{ "Dhcp4": { "reservations": [ {"hostname": "n1" "x": 1} ] } }')).toEqual([
    '1:50 import/syntax Not valid in the format kea: a comma or } is needed',
  ]);
  expect(mistakes('{"Dhcp4":' + '['.repeat(100_000), { format: 'kea' })[0]).toContain('nested too deeply');
});

test('ethers with hosts', () => {
  const text =
    '# /etc/ethers\n8:0:20:1:2:3 n1\n52:54:00:00:00:02   10.0.0.2 # by address\n52:54:00:00:00:12 n1\n';
  const hosts = '127.0.0.1 localhost\n10.0.0.1 n1.lab.example n1\n10.0.0.2\tN2 two\n::1 localhost\n';
  expect(reading(text, { hosts }).sources[0]?.format).toBe('ethers');
  expect(nodes(text, { hosts })).toEqual({
    n1: {
      macs: ['08:00:20:01:02:03', '52:54:00:00:00:12'],
      address: '10.0.0.1',
      variables: { domain: 'lab.example' },
    },
    n2: { macs: ['52:54:00:00:00:02'], address: '10.0.0.2' },
  });
  expect(mistakes(text)).toEqual([
    '3:21 import/syntax Not valid in the format ethers: no name is known for 10.0.0.2: give the names, --hosts /etc/hosts',
  ]);
  expect(mistakes('52:54:00:00:00:02 n1 n2\nx y\n', { format: 'ethers', hosts: 'n1 10.0.0.1\n' })).toEqual([
    '1:1 import/syntax Not valid in the format hosts: n1 is not an IP address',
    '1:1 import/syntax Not valid in the format ethers: a MAC address and one name are needed',
    '2:1 import/syntax Not valid in the format ethers: x is not a MAC address such as 8:0:20:1:2:3',
  ]);
});
