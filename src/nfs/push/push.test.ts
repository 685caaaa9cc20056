import { expect, test } from 'vitest';
import { parseDestination } from './destination.ts';
import { destinationsOf, orderFor, pushOptions, serverOf, serversOf } from './servers.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as const;

test('a destination is a host and a path, which mean nothing else to any shell', () => {
  expect(parseDestination('nfs1:/srv/nodes')).toMatchObject({
    ssh: 'nfs1',
    host: 'nfs1',
    path: '/srv/nodes',
  });
  expect(parseDestination('root@10.0.0.1:/a_b/c.d,10.1.0.5:/x')).toMatchObject({
    ssh: 'root@10.0.0.1',
    host: '10.0.0.1',
    address: '10.1.0.5',
    exported: '/x',
  });
  for (const bad of [
    '',
    'nfs1',
    'nfs1:',
    'nfs1:/',
    'nfs1:srv',
    ':/srv',
    '-oProxyCommand=x:/srv',
    'a@-x:/srv',
    'nfs1:/srv/../etc',
    'nfs1:/srv/.hidden',
    'nfs1:/srv/',
    'nfs1://srv',
    'nfs1:/a b',
    'nfs1:/a;b',
    'nfs1:/$(x)',
    "nfs1:/a'b",
    'nfs1:/a\n',
    'nfs1:/~',
    'a@b@c:/srv',
    'nfs1:/srv,1.2.3',
    'nfs1:/srv,1.2.3.400',
    'nfs1:/srv,1.2.3.4:',
    'nfs1:/srv,1.2.3.4:x',
    `nfs1:/${'x'.repeat(300)}`,
    'nfs1:/a\\b',
    'nfs1:/a*',
    'nfs1:/a,',
  ])
    // prettier-ignore
    expect(() => parseDestination(bad), bad).toThrow(expect.objectContaining({ code: 'nfs/push-destination' }));
});

test('the publication keeps where it was pushed to, and what nodes mount', () => {
  const to = [parseDestination('nfs1:/srv/nodes,10.0.0.1'), parseDestination('nfs2:/srv/nodes,10.0.0.2:/')];
  const servers = to.map((one) => serverOf(one, DIGEST, one.address ?? ''));
  expect(servers[1]).toEqual({ address: '10.0.0.2', path: `/trees/${'a'.repeat(64)}` });
  const options = pushOptions(to, servers);
  expect(serversOf({ options })).toEqual(servers);
  expect(destinationsOf({ options })).toEqual(to.map(({ text }) => text));
  expect(serversOf({ options: {} })).toEqual([]);
});

test('nodes are spread evenly, each has all servers, and those of a dead one go to all the others', () => {
  const servers = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => ({ address, path: '/x' }));
  const nodes = Array.from({ length: 900 }, (_, i) => `n${i}`);
  const first = new Map<string, number>();
  const second = new Map<string, number>();
  for (const node of nodes) {
    const order = orderFor(node, servers);
    expect(order.toSorted((a, b) => (a.address < b.address ? -1 : 1))).toEqual(servers);
    expect(orderFor(node, servers.toReversed())).toEqual(order);
    const [a = '', b = ''] = order.map((one) => one.address);
    first.set(a, (first.get(a) ?? 0) + 1);
    if (a === '10.0.0.1') second.set(b, (second.get(b) ?? 0) + 1);
  }
  for (const count of first.values()) expect(count).toBeGreaterThan(240);
  for (const count of second.values()) expect(count).toBeGreaterThan(100);
  // One server more moves only the nodes that it takes.
  const more = [...servers, { address: '10.0.0.9', path: '/p' }];
  const taken = nodes.map((node) => [orderFor(node, servers)[0]?.address, orderFor(node, more)[0]?.address]);
  expect(taken.every(([before, after]) => after === before || after === '10.0.0.9')).toBe(true);
});
