import { describe, expect, test } from 'vitest';
import { editOf } from './settings.ts';
import { pathsOf } from './unset-settings.ts';

const code = (name: string, message = '') =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) as string }) as Error;

test('flags become one edit; without any there is none', () => {
  expect(editOf({})).toBeUndefined();
  expect(editOf({ mac: [], tag: [], 'add-group': [] })).toBeUndefined();
  expect(
    editOf({
      image: 'a:1',
      arch: 'arm64',
      order: 0,
      'ssh-host-keys': 'off',
      mac: ['52:54:00:00:00:[01-02]'],
      'add-group': ['g'],
      'remove-profile': ['p'],
      tag: ['rack=r1', 'note=a=b', 'empty=', '!row'],
      variable: ['text=1', 'number:=1', 'list:=[1,2]', '!gone'],
      bmc: 'bmc1',
      'bmc-port': 623,
    }),
  ).toEqual({
    set: {
      image: 'a:1',
      architecture: 'arm64',
      order: 0,
      ssh_host_keys: false,
      macs: ['52:54:00:00:00:[01-02]'],
      tags: { rack: 'r1', note: 'a=b', empty: '', row: null },
      variables: { text: '1', number: 1, list: [1, 2], gone: null },
      bmc: { address: 'bmc1', port: 623 },
    },
    add: { groups: ['g'] },
    remove: { profiles: ['p'] },
  });
});

test('interfaces are words with keys; lists have +, patterns keep their commas', () => {
  expect(
    editOf({
      interface: [
        'eth0,address=10.0.1.[1,3-4]/16,dns=10.0.0.1+10.0.0.2,mtu=9000,dhcp=false',
        'bond0,bond=eth1+eth2,bond_mode=802.3ad',
        '!eth3',
        'eth4',
      ],
    })?.set?.interfaces,
  ).toEqual({
    eth0: { address: '10.0.1.[1,3-4]/16', dns: ['10.0.0.1', '10.0.0.2'], mtu: 9000, dhcp: false },
    bond0: { bond: ['eth1', 'eth2'], bond_mode: '802.3ad' },
    eth3: null,
    eth4: {},
  });
});

describe('what is not understood is refused', () => {
  test.each([
    [{ tag: ['rack'] }, '"rack" is neither KEY=VALUE nor !KEY'],
    [{ tag: ['=x'] }, 'neither'],
    [{ variable: ['a:={'] }, 'not valid JSON'],
    [{ interface: ['eth0,mtu'] }, '"mtu" of interface eth0 is not KEY=VALUE'],
  ])('%j', (flags, message) => {
    expect(() => editOf(flags)).toThrow(code('cli/usage', message));
  });
});

test('unset names paths', () => {
  const off = {
    image: false,
    mode: false,
    arch: false,
    argument: false,
    bmc: false,
    overlay: false,
    trap: false,
    'ssh-host-keys': false,
    variable: undefined,
    interface: ['eth0'],
  };
  expect(pathsOf({ ...off, arch: true, group: true, tag: ['rack', 'row'] })).toEqual([
    ['architecture'],
    ['groups'],
    ['tags', 'rack'],
    ['tags', 'row'],
    ['interfaces', 'eth0'],
  ]);
});
