import * as fc from 'fast-check';
import { BlockList } from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseCidr } from './cidr.ts';

describe('parseCidr', () => {
  it.each([
    [
      '10.1.2.3/16',
      { ip: '10.1.2.3', prefix: 16, netmask: '255.255.0.0', network: '10.1.0.0', broadcast: '10.1.255.255' },
    ],
    ['10.1.2.3', { prefix: 32, netmask: '255.255.255.255', cidr: '10.1.2.3/32' }],
    ['0.0.0.0/0', { netmask: '0.0.0.0', cidr: '0.0.0.0/0', broadcast: '255.255.255.255' }],
    ['fd00:0:0:0::7/64', { ip: 'fd00::7', network: 'fd00::', cidr: 'fd00::/64' }],
    ['2001:DB8::1:0:0:1/48', { ip: '2001:db8::1:0:0:1', cidr: '2001:db8::/48' }],
    ['::ffff:1.2.3.4/96', { ip: '::ffff:102:304' }],
    ['1:0:3:4:5:6:7:8', { ip: '1:0:3:4:5:6:7:8', prefix: 128 }],
  ])('%s', (text, expected) => expect(parseCidr(text)).toMatchObject(expected));

  it.each(['', 'x', '1.2.3.4/33', '1.2.3/8', 'fe80::1%eth0', '::/129', '1.2.3.4/-1', '1.2.3.4/8/8'])(
    'not %j',
    (text) => expect(parseCidr(text)).toBeUndefined(),
  );

  it('agrees with Node on what is in the network, for any address', () => {
    const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const));
    const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.constant('ipv6' as const));
    fc.assert(
      fc.property(fc.oneof(v4, v6), ([address, prefix, family]) => {
        const found = parseCidr(`${address}/${prefix}`);
        const list = new BlockList();
        list.addSubnet(found?.network ?? '', prefix, family);
        expect(list.check(address, family)).toBe(true);
        expect(parseCidr(found?.ip ?? '')?.ip).toBe(found?.ip);
        expect(parseCidr(found?.cidr ?? '')?.network).toBe(found?.network);
        // Node's own idea of the usual form.
        if (family === 'ipv6') expect(`[${found?.ip}]`).toBe(new URL(`http://[${address}]`).hostname);
      }),
    );
  });
});
