import { expect, test } from 'vitest';
import { edited } from './edit.ts';
import type { NodeDocument } from './schema.ts';

const document: NodeDocument = {
  image: 'a:1',
  groups: ['g1', 'g2'],
  arguments: ['quiet'],
  tags: { rack: 'r1', row: '1' },
  interfaces: { eth0: { mtu: 9000, dhcp: true } },
  files: { '/etc/motd': { absent: true } },
};

test('sets single values and lists, records key by key, and leaves the rest and the original alone', () => {
  const kept = structuredClone(document);
  expect(
    edited(document, {
      set: {
        mode: 'demo',
        groups: ['g3'],
        tags: { rack: 'r2', row: null },
        interfaces: { eth0: { dhcp: false }, eth1: null, constructor: { mtu: 1500 } },
        files: { '/etc/motd': { builtin: 'motd' } },
        bmc: { port: 623 },
      },
    }),
  ).toEqual({
    image: 'a:1',
    mode: 'demo',
    groups: ['g3'],
    arguments: ['quiet'],
    tags: { rack: 'r2', row: null },
    interfaces: { eth0: { mtu: 9000, dhcp: false }, eth1: null, constructor: { mtu: 1500 } },
    files: { '/etc/motd': { builtin: 'motd' } },
    bmc: { port: 623 },
  });
  expect(document).toEqual(kept);
});

test('adds to lists and takes from them', () => {
  expect(
    edited(document, {
      add: { groups: ['g1', 'g4'], profiles: ['p'], arguments: ['!splash'] },
      remove: { groups: ['g2', 'never'], macs: ['x'] },
    }),
  ).toMatchObject({ groups: ['g1', 'g4'], profiles: ['p'], arguments: ['quiet', '!splash'] });
});

test('takes away what is named, and records that are empty then', () => {
  expect(
    edited(document, {
      unset: [
        ['image'],
        ['tags', 'rack'],
        ['tags', 'never'],
        ['interfaces', 'eth0', 'mtu'],
        ['files', '/etc/motd'],
        ['mode'],
      ],
    }),
  ).toEqual({
    groups: ['g1', 'g2'],
    arguments: ['quiet'],
    tags: { row: '1' },
    interfaces: { eth0: { dhcp: true } },
  });
  expect(
    edited(
      { tags: { a: '1' } },
      {
        unset: [
          ['tags', 'a'],
          ['toString' as 'tags', 'name'],
        ],
      },
    ),
  ).toEqual({});
});
