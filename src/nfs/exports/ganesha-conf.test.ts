import { expect, test } from 'vitest';
import type { NetworkInterfaceInfo } from 'node:os';
import { ConfigSchema } from '../../system/config.ts';
import { exported as one } from './fixture.ts';
import { ganeshaConf, parseGanesha } from './ganesha-conf.ts';
import { listenAddress, tellsOverlaysApart } from './ganesha.ts';

const base = { v3: false, recovery: '/var/lib/x', byDevice: false };

test('what it is told comes out again', () => {
  const exports = [
    one('/srv/nodes/c/n1'),
    one('/srv/a "b" \'c\'; } # {', { id: 2, labels: true }),
    one('/srv/ Path = "x";', { id: 3 }),
    one('/srv/trees/a', { clients: ['10.0.0.0/24', '10.1.0.0/16'], write: false, squash: true, id: 65_535 }),
  ];
  expect(parseGanesha(ganeshaConf({ ...base, exports }))).toEqual(exports);
  expect(ganeshaConf({ ...base, exports: [one('/a', { clients: [] })] })).not.toContain('EXPORT');
  expect(() => ganeshaConf({ ...base, exports: [one('/a\n}')] })).toThrow(/cannot be exported/);
});

test('NFSv3 only where it is asked for', () => {
  const exports = [one('/a')];
  expect(ganeshaConf({ ...base, exports })).not.toMatch(/Protocols = 3|MNT_Port/);
  const v3 = ganeshaConf({ ...base, v3: true, address: '10.0.0.1', exports });
  expect(v3.match(/Protocols = 3, 4;/g)).toHaveLength(3);
  expect(v3).toContain('MNT_Port = 20048;');
  expect(v3).toContain('Bind_addr = 10.0.0.1;');
});

test('kernels whose overlays have ids of their own', () => {
  expect(['6.6.0', '6.18.3-x', '10.0'].map(tellsOverlaysApart)).toEqual([true, true, true]);
  expect(['6.1.0-18-amd64', '5.14.0-503.el9', '4.18'].map(tellsOverlaysApart)).toEqual([false, false, false]);
});

test('it listens where nodes are told to mount from', () => {
  const info = (address: string): NetworkInterfaceInfo => ({ address, family: 'IPv4', internal: false, netmask: '255.255.255.0', mac: '', cidr: `${address}/24` }); // prettier-ignore
  const interfaces = { a: [info('10.0.0.1')], b: [info('10.1.0.1'), info('10.2.0.1')] };
  const listen = (config: object) => listenAddress(ConfigSchema.parse(config), interfaces);
  expect(listen({})).toBe('10.0.0.1');
  expect(listen({ serve: { interface: 'b' } })).toBe('10.1.0.1');
  expect(listen({ serve: { interface: 'a' }, nfs: { addresses: ['10.9.0.1', '10.2.0.1'] } })).toBe(
    '10.2.0.1',
  );
  expect(listen({ nfs: { addresses: ['10.1.0.1', '10.2.0.1'] } })).toBeUndefined();
  expect(listen({ serve: { address: '10.9.9.9' } })).toBeUndefined();
});
