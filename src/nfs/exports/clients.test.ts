import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { temporaryInstallation } from '../../../test/support/registry.ts';
import { addNodes } from '../../node/registry.ts';
import { ConfigSchema } from '../../system/config.ts';
import { addressesOf, isMachine, networkOf, nodeAddresses, sharedClients } from './clients.ts';

test('addresses of one machine', () => {
  expect(['10.0.0.1', '192.168.255.255', '223.0.0.1'].every(isMachine)).toBe(true);
  const none = ['', '10.0.0', '10.0.0.256', '0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '::1', '*', '10.0.0.1/8', '10.0.0.1,*', ' 10.0.0.1']; // prettier-ignore
  expect(none.filter(isMachine)).toEqual([]);
});

test('of a node: its own, then those of its interfaces, IPv4 of machines only', () => {
  const card = (address: string) => ({ address });
  expect(
    addressesOf({
      address: '10.0.0.1',
      interfaces: {
        a: card('10.0.0.1/8'),
        b: card('10.1.0.1/16'),
        c: card('fd00::1/64'),
        d: card('127.0.0.1/8'),
        e: {},
      },
    }),
  ).toEqual(['10.0.0.1', '10.1.0.1']);
  expect(addressesOf({})).toEqual([]);
});

test('an address that two nodes have is nobody’s', async () => {
  await using here = await temporaryInstallation();
  const { db } = here.database;
  await addNodes(db, 'n1', { address: '10.0.0.1', interfaces: { virbr0: { address: '192.168.122.1/24' } } });
  await addNodes(db, 'n2', { interfaces: { eth0: { address: '10.0.0.1/24' } } });
  await addNodes(db, 'n3', { address: '10.0.0.3', interfaces: { virbr0: { address: '192.168.122.1' } } });
  const { nodes, shared } = await nodeAddresses(db, ['n1', 'n3', 'gone']);
  expect([...nodes]).toEqual([
    ['n1', []],
    ['n3', ['10.0.0.3']],
  ]);
  expect(Object.fromEntries(shared)).toEqual({ '10.0.0.1': ['n1', 'n2'], '192.168.122.1': ['n1', 'n3'] });
});

test('networks', () => {
  expect(
    ['10.1.2.3/8', '10.1.2.3/24', '10.1.2.3/32', '10.1.2.3', '200.1.2.3/1', '1.2.3.4/0'].map(networkOf),
  ).toEqual(['10.0.0.0/8', '10.1.2.0/24', '10.1.2.3/32', '10.1.2.3/32', '128.0.0.0/1', '0.0.0.0/0']);
  const info = { address: '10.9.0.1', family: 'IPv4', internal: false, netmask: '', mac: '', cidr: '10.9.0.1/16' } as NetworkInterfaceInfo; // prettier-ignore
  const config = (more: object) => ConfigSchema.parse(more);
  expect(sharedClients(config({}), { a: [info] })).toEqual(['10.9.0.0/16']);
  expect(sharedClients(config({ serve: { interface: 'b' } }), { a: [info] })).toEqual([]);
  expect(sharedClients(config({ nfs: { clients: ['10.0.0.0/8', '10.0.0.0/8'] } }), {})).toEqual([
    '10.0.0.0/8',
  ]);
});
