import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { loadInstallation, type Config } from '../system/config.ts';
import { networkAddress, pickNetwork } from './address.ts';

const v4 = (address: string, internal = false): NetworkInterfaceInfo => ({
  address,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '',
  internal,
  cidr: null,
});
const v6 = (address: string): NetworkInterfaceInfo => ({
  address,
  netmask: '',
  family: 'IPv6',
  mac: '',
  internal: false,
  cidr: null,
  scopeid: 0,
});
const config = (serve: Partial<Config['serve']> = {}, dhcp: Partial<Config['dhcp']> = {}): Config => {
  const base = loadInstallation('/nonexistent').config;
  return { ...base, serve: { ...base.serve, ...serve }, dhcp: { ...base.dhcp, ...dhcp } };
};
const two = {
  lo: [v4('127.0.0.1', true)],
  eth0: [v6('fe80::1'), v4('192.0.2.1'), v4('192.0.2.2')],
  eth1: [v4('198.51.100.1'), v6('fd00::1')],
};
const code = (name: string) => expect.objectContaining({ code: `serve/${name}` }) as Error;

test('takes what is configured, else the first that is not loopback', () => {
  expect(pickNetwork(config(), two)).toEqual({
    interface: 'eth0',
    address: '192.0.2.1',
    netmask: '255.255.255.0',
    uniqueLocal: false,
  });
  expect(pickNetwork(config({ interface: 'eth1' }), two)).toMatchObject({
    interface: 'eth1',
    uniqueLocal: true,
  });
  expect(pickNetwork(config({ address: '192.0.2.2' }), two)).toMatchObject({
    interface: 'eth0',
    address: '192.0.2.2',
  });
  expect(pickNetwork(config({ address: '127.0.0.1' }), two)).toMatchObject({ interface: 'lo' });
});

test('says what is missing, and does not guess where addresses are handed out', () => {
  expect(() => pickNetwork(config(), { lo: two.lo })).toThrow(code('no-address'));
  expect(() => pickNetwork(config({ interface: 'eth7' }), two)).toThrow(code('no-address'));
  expect(() => pickNetwork(config({ address: '203.0.113.1' }), two)).toThrow(code('no-interface'));
  expect(() => pickNetwork(config({}, { mode: 'full' }), two)).toThrow(code('several-networks'));
  expect(pickNetwork(config({ interface: 'eth1' }, { mode: 'full' }), two).interface).toBe('eth1');
});

test('network addresses', () => {
  expect(networkAddress('192.0.2.77', '255.255.255.0')).toBe('192.0.2.0');
  expect(networkAddress('10.9.77.3', '255.255.240.0')).toBe('10.9.64.0');
});
