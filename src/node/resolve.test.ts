import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layersOf, resolve, type Origins, type Presets, type Removals } from './resolve.ts';
import type { GroupDocument, NodeDocument, ProfileDocument, Settings } from './schema.ts';

const presets = (
  groups: Record<string, GroupDocument>,
  profiles: Record<string, ProfileDocument>,
): Presets => ({ groups: new Map(Object.entries(groups)), profiles: new Map(Object.entries(profiles)) });

test('groups by order and name, of each its profiles first, then own profiles, then the node', () => {
  const all = presets(
    { z: { order: -1, image: 'z' }, b: { profiles: ['p1'], image: 'b' }, a: { order: 5, profiles: ['p2'] } },
    { p1: { image: 'p1', mode: 'demo' }, p2: {}, p3: { image: 'p3' } },
  );
  const node: NodeDocument = { groups: ['a', 'b', 'z'], profiles: ['p3', 'p1'], tags: { x: '1' } };
  const { layers, profiles } = layersOf(node, all);
  expect(layers.map(([source]) => source)).toEqual([
    'group:z',
    'profile:p1',
    'group:b',
    'profile:p2',
    'group:a',
    'profile:p3',
    'profile:p1',
    'node',
  ]);
  expect(profiles).toEqual(['p1', 'p2', 'p3']);
  const origins: Origins = {};
  expect(resolve(node, all, origins)).toMatchObject({ image: 'p1', mode: 'demo', architecture: 'amd64' });
  expect(origins).toEqual({ image: 'profile:p1', mode: 'profile:p1', 'tags.x': 'node' });
});

test('what is said again after it was taken away is there', () => {
  const all = presets(
    {},
    {
      a: { tags: { x: '1' }, arguments: ['quiet', 'console=tty0'], interfaces: { eth0: { mtu: 1500 } } },
      b: {
        tags: { x: null, y: null },
        arguments: ['!quiet', '!console', '!nothing'],
        interfaces: { eth0: null },
      },
      c: { tags: { x: '2', y: null }, arguments: ['quiet'], interfaces: { eth0: { dhcp: true } } },
    },
  );
  const removals: Removals = {};
  expect(resolve({ profiles: ['a', 'b', 'c'] }, all, {}, removals)).toMatchObject({
    tags: { x: '2' },
    arguments: ['quiet'],
    interfaces: { eth0: { dhcp: true } },
  });
  // The first that said so: there was nothing left for the second.
  expect(removals).toEqual({
    'tags.y': { source: 'profile:b' },
    'arguments.console=tty0': { source: 'profile:b', was: 'console=tty0' },
  });
});

test('what is unknown is passed over', () => {
  expect(resolve({ groups: ['gone'], profiles: ['gone'] }, presets({}, {})).profiles).toEqual([]);
});

test('null takes away a value, an interface, a file; interfaces are merged key by key', () => {
  const profile: ProfileDocument = {
    tags: { rack: 'r1', row: '1' },
    interfaces: { eth0: { mtu: 9000, dhcp: true }, eth1: { mtu: 1500 } },
    files: { '/etc/motd': { absent: true } },
  };
  const origins: Origins = {};
  const removals: Removals = {};
  const node: NodeDocument = {
    profiles: ['p'],
    tags: { rack: null },
    interfaces: { eth0: { dhcp: false }, eth1: null },
    files: { '/etc/motd': null },
  };
  const result = resolve(node, presets({}, { p: profile }), origins, removals);
  expect(removals).toEqual({
    'tags.rack': { source: 'node', was: 'r1' },
    'interfaces.eth1': { source: 'node', was: { mtu: 1500 } },
    'files./etc/motd': { source: 'node', was: { absent: true } },
  });
  expect(result).toMatchObject({
    tags: { row: '1' },
    interfaces: { eth0: { mtu: 9000, dhcp: false } },
    files: {},
  });
  expect(Object.keys(result.tags)).toEqual(['row']);
  expect(Object.keys(result.interfaces)).toEqual(['eth0']);
  expect(origins).toEqual({
    'tags.row': 'profile:p',
    'interfaces.eth0.mtu': 'profile:p',
    'interfaces.eth0.dhcp': 'node',
  });
});

test('documents are not changed, and names of Object’s own properties are names like others', () => {
  const document = JSON.parse(
    '{"interfaces":{"constructor":{"mtu":9000},"toString":{"mtu":1}},"tags":{"constructor":"x"}}',
  ) as NodeDocument;
  const kept = structuredClone(document);
  const result = resolve(document, presets({}, { p: document }));
  expect(document).toEqual(kept);
  expect(result.interfaces['constructor']).toEqual({ mtu: 9000 });
  expect(result.tags['constructor']).toBe('x');
  expect((Object as unknown as { mtu?: number }).mtu).toBeUndefined();
});

const word = fc.constantFrom('a', 'b', 'c');
const settings: fc.Arbitrary<Settings> = fc.record(
  {
    image: fc.constantFrom('i:1', 'i:2', 'i:3'),
    mode: fc.constantFrom('ram', 'demo'),
    tags: fc.dictionary(word, fc.option(word)),
    arguments: fc.array(fc.constantFrom('a', 'a=1', 'a=2', 'b', 'ab', '!a', '!b', '!a=1'), { maxLength: 4 }),
    ssh_host_keys: fc.boolean(),
  },
  { requiredKeys: [] },
);
const group = fc
  .tuple(
    settings,
    fc.record(
      { order: fc.integer({ min: -2, max: 2 }), profiles: fc.subarray(['p', 'q', 'r']) },
      { requiredKeys: [] },
    ),
  )
  .map(([a, b]) => ({ ...a, ...b }));
const world = fc.record({
  groups: fc.record({ g: group, h: group }),
  profiles: fc.record({ p: settings, q: settings, r: settings }),
  node: fc
    .tuple(settings, fc.record({ groups: fc.subarray(['g', 'h']), profiles: fc.subarray(['p', 'q', 'r']) }))
    .map(([a, b]) => ({ ...a, ...b })),
});

describe('what holds', () => {
  test('is what the highest layer says that says anything of it, and comes from there', () => {
    fc.assert(
      fc.property(world, ({ groups, profiles, node }) => {
        const all = presets(groups, profiles);
        const origins: Origins = {};
        const result = resolve(node, all, origins);
        const { layers } = layersOf(node, all);
        for (const key of ['image', 'mode'] as const) {
          const top = layers.findLast(([, layer]) => layer[key] !== undefined);
          expect([result[key], origins[key]]).toEqual([top?.[1][key], top?.[0]]);
        }
        for (const tag of ['a', 'b', 'c']) {
          const top = layers.findLast(([, layer]) => layer.tags?.[tag] !== undefined);
          const value = top?.[1].tags?.[tag] ?? undefined;
          expect([result.tags[tag], origins[`tags.${tag}`]]).toEqual([value, value && top?.[0]]);
        }
      }),
    );
  });

  test('of arguments: those that nothing later takes away, in the order in which they came', () => {
    fc.assert(
      fc.property(world, ({ groups, profiles, node }) => {
        const all = presets(groups, profiles);
        const origins: Origins = {};
        const result = resolve(node, all, origins).arguments;
        const said = layersOf(node, all).layers.flatMap(([source, layer]) =>
          (layer.arguments ?? []).map((argument) => ({ source, argument })),
        );
        const takes = (remover: string, argument: string) =>
          remover.startsWith('!') &&
          (argument === remover.slice(1) || argument.startsWith(`${remover.slice(1)}=`));
        const stay = said.filter(
          ({ argument }, i) =>
            !argument.startsWith('!') && !said.slice(i + 1).some((later) => takes(later.argument, argument)),
        );
        expect(result).toEqual([...new Set(stay.map((one) => one.argument))]);
        for (const argument of result)
          expect(origins[`arguments.${argument}`]).toBe(
            stay.find((one) => one.argument === argument)?.source,
          );
        expect(Object.keys(origins).filter((path) => path.startsWith('arguments.'))).toHaveLength(
          result.length,
        );
      }),
    );
  });
});
