import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { writeChange } from './change.ts';
import type { Entry } from './entry.ts';
import { readOwn } from './node.ts';
import { addPreset, changePreset, listPresets, removePreset, showPreset } from './preset-registry.ts';
import { revision } from './presets.ts';
import { addNodes, changeNodes, listNodes, setNodes, showNode } from './registry.ts';
import type { NodeDocument } from './schema.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
});
afterEach(() => here[Symbol.asyncDispose]());

const code = (name: string, message = '') =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) as string }) as Error;
const write = (entries: Entry[]) =>
  db.transaction().execute((t) => writeChange(t, { who: 'me', via: 'cli' }, 'test', entries));
const node = (name: string, after: NodeDocument): Entry => ({ kind: 'node', name, after });
const mac = (end: string) => `52:54:00:00:00:${end}`;
/** Entries that change what is there. */
async function changes(documents: Record<string, NodeDocument>): Promise<Entry[]> {
  const own = await readOwn(db);
  return own
    .filter(({ name }) => documents[name])
    .map(({ id, name, document }) => ({ kind: 'node', id, name, before: document, after: documents[name] }));
}

describe('one writer', () => {
  test('writes who, when and what, and counts revisions', async () => {
    expect(await revision(db)).toBe(0);
    expect(await write([node('n1', { image: 'a' }), node('n2', {})])).toBe(1);
    expect(
      await db.selectFrom('change').select(['who', 'via', 'summary', 'count', 'undoes']).execute(),
    ).toEqual([{ who: 'me', via: 'cli', summary: 'test', count: 2, undoes: null }]);
    expect(await revision(db)).toBe(1);
  });

  test('what changes nothing is no change, however it is written', async () => {
    await write([node('n1', { macs: [mac('0a')], tags: { b: '1', a: '2' } })]);
    const same = await changes({
      n1: { tags: { a: '2', b: '1' }, macs: ['5254.0000.000A'], groups: [], files: {} },
    });
    expect(await write(same)).toBeUndefined();
    expect(await revision(db)).toBe(1);
  });

  test('a MAC address twice within a change, in an interface, or of another node is refused: nothing is written', async () => {
    await write([node('n1', { macs: [mac('01')] })]);
    const twice = [
      [node('n2', { macs: [mac('02')] }), node('n3', { macs: [mac('02')] })],
      [node('n2', { macs: [mac('02')] }), node('n3', { interfaces: { eth0: { mac: mac('02') } } })],
      [node('n2', { interfaces: { eth0: { mac: mac('01').replaceAll(':', '-') } } })],
    ];
    for (const entries of twice) await expect(write(entries)).rejects.toThrow(code('node/mac-taken'));
    await expect(write(twice[0] ?? [])).rejects.toThrow(code('node/mac-taken', 'n2: n3 cannot'));
    expect((await listNodes(db)).map((n) => n.name)).toEqual(['n1']);
    expect(await revision(db)).toBe(1);
  });

  test('nodes can swap addresses and MAC addresses in one change, and take those of a node that goes', async () => {
    const first = { macs: [mac('01')], address: '10.0.0.1' };
    const second = { macs: [mac('02')], address: '10.0.0.2' };
    await write([node('n1', first), node('n2', second)]);
    await write(await changes({ n1: second, n2: first }));
    expect(await showNode(db, 'n1')).toMatchObject(second);
    const own = (await readOwn(db)).find(({ name }) => name === 'n2');
    const [taker] = await changes({ n1: first });
    await write([taker!, { kind: 'node', id: own?.id, name: 'n2', before: first }]);
    expect(await listNodes(db)).toMatchObject([{ name: 'n1', ...first }]);
    const rows = await db.selectFrom('node_mac').select('mac').execute();
    expect(rows).toEqual([{ mac: mac('01') }]);
  });

  test('an address of another node is refused, also within a change', async () => {
    await write([node('n1', { address: '10.0.0.1' })]);
    await expect(write([node('n2', { address: '10.0.0.1' })])).rejects.toThrow(
      code('node/address-taken', 'n1'),
    );
    await expect(
      write([node('n2', { address: '10.0.0.2' }), node('n3', { address: '10.0.0.2' })]),
    ).rejects.toThrow(code('node/address-taken', 'n2'));
  });
});

describe('groups and profiles', () => {
  test('must be there before something names them, with a hint at the nearest', async () => {
    await addPreset(db, 'profile', 'base');
    await expect(addNodes(db, 'n1', { profiles: ['bse'] })).rejects.toMatchObject({
      code: 'node/unknown-preset',
      todo: expect.stringContaining('Did you mean base?') as string,
    });
    await expect(addNodes(db, 'n1', { groups: ['base'] })).rejects.toThrow(
      code('node/unknown-preset', 'group base'),
    );
    await expect(addPreset(db, 'group', 'g', { profiles: ['nope'] })).rejects.toThrow(
      code('node/unknown-preset'),
    );
    expect(await listPresets(db, 'group')).toEqual([]);
    // Both come in one change.
    await write([
      { kind: 'group', name: 'g', after: { profiles: ['new'] } },
      { kind: 'profile', name: 'new', after: {} },
      node('n1', { groups: ['g'] }),
    ]);
    expect(await showNode(db, 'n1')).toMatchObject({ groups: ['g'], profiles: ['new'] });
  });

  test('cannot go while something names them', async () => {
    await addPreset(db, 'profile', 'p');
    await addPreset(db, 'group', 'g', { profiles: ['p'] });
    await addNodes(db, 'n[1-3]', { groups: ['g'] });
    await expect(removePreset(db, 'profile', 'p')).rejects.toThrow(code('node/preset-in-use', 'group g'));
    await expect(removePreset(db, 'group', 'g')).rejects.toThrow(code('node/preset-in-use', 'and 2 more'));
    await changeNodes(db, 'n[1-3]', { remove: { groups: ['g'] } });
    await removePreset(db, 'group', 'g');
    await removePreset(db, 'profile', 'p');
    await expect(showPreset(db, 'profile', 'p')).rejects.toThrow(code('node/no-preset'));
  });

  test('count their nodes once, through groups too', async () => {
    await addPreset(db, 'profile', 'p');
    await addPreset(db, 'group', 'g', { profiles: ['p'] });
    await addNodes(db, 'n[1-3]', { groups: ['g'], profiles: ['p'] });
    await addNodes(db, 'n4', { profiles: ['p'] });
    expect(await showPreset(db, 'profile', 'p')).toMatchObject({ nodes: 4 });
    expect(await listPresets(db, 'group')).toMatchObject([{ name: 'g', nodes: 3 }]);
  });

  test('are added once, and changed piece by piece', async () => {
    await addPreset(db, 'group', 'g', { order: 3, tags: { a: '1' } });
    await expect(addPreset(db, 'group', 'g')).rejects.toThrow(code('node/preset-exists'));
    await changePreset(db, 'group', 'g', { set: { tags: { b: '2' }, image: 'i:1' } });
    expect((await showPreset(db, 'group', 'g')).settings).toEqual({
      order: 3,
      tags: { a: '1', b: '2' },
      image: 'i:1',
    });
    await expect(changePreset(db, 'group', 'gg', {})).rejects.toThrow(code('node/no-preset'));
    // A profile has no order, and no macs.
    await expect(addPreset(db, 'profile', 'p', { order: 1 })).rejects.toThrow(code('node/bad-document'));
    await expect(changePreset(db, 'group', 'g', { set: { macs: [mac('01')] } })).rejects.toThrow(
      code('node/bad-document'),
    );
  });
});

test('lists of nodes are added to and taken from, patterns spread over the nodes in their order', async () => {
  await addPreset(db, 'group', 'a');
  await addPreset(db, 'group', 'b');
  await addNodes(db, 'n2,n1', { macs: ['52:54:00:00:00:[01-02]'], groups: ['a'] });
  await changeNodes(db, 'n[1-2]', { add: { groups: ['b'] }, remove: { groups: ['a'] } });
  expect((await listNodes(db)).map(({ macs, groups }) => [macs, groups])).toEqual([
    [[mac('02')], ['b']],
    [[mac('01')], ['b']],
  ]);
  await setNodes(db, 'n[1-2]', { interfaces: { eth0: { address: '10.0.0.[1-2]/8' } } });
  expect((await showNode(db, 'n2')).interfaces).toEqual({ eth0: { address: '10.0.0.2/8' } });
  await expect(setNodes(db, 'n[1-2]', { address: '10.0.0.[1-3]' })).rejects.toThrow(code('node/pattern'));
});

describe('hostile words are refused at the door', () => {
  const EVIL = [
    'a\nb',
    'a"b',
    "a'b",
    '${net0/mac}',
    '$(reboot)',
    '`id`',
    'a\\b',
    '<x>',
    '{{ x }}',
    'a\0b',
    'a\u2028\x07',
  ];
  test.each(EVIL)('%j', async (evil) => {
    const settings: object[] = [
      { macs: [evil] },
      { address: evil },
      { tags: { rack: evil } },
      { tags: { [evil]: 'x' } },
      // One word of any other signs is one word for iPXE and kernel alike: memmap=64M$1G.
      ...(/^(<x>|\$\(reboot\))$/.test(evil) ? [] : [{ arguments: [evil] }, { arguments: [`!${evil}`] }]),
      { image: evil },
      { mode: evil },
      { overlay: evil },
      { bmc: { address: evil } },
      { interfaces: { [evil]: {} } },
      { interfaces: { eth0: { mac: evil } } },
      { interfaces: { eth0: { address: evil } } },
      { interfaces: { eth0: { search: [evil] } } },
      { interfaces: { eth0: { parent: evil } } },
      { groups: [evil] },
      { profiles: [evil] },
      { variables: { [evil]: 'x' } },
      { files: { '/etc/x': { secret: evil } } },
      { files: { '/etc/x': { absent: true, owner: evil } } },
    ];
    for (const one of settings)
      await expect(addNodes(db, 'n1', one), JSON.stringify(one)).rejects.toMatchObject({
        code: expect.stringMatching(/^(node|boot|name)\//) as string,
      });
    await expect(write([node(evil, {})])).rejects.toThrow(code('name/invalid'));
    await expect(addPreset(db, 'group', evil)).rejects.toThrow(code('name/invalid'));
    expect(await listNodes(db)).toEqual([]);
  });

  test.each(['../x', '__proto__', 'A', '.x', '-x', 'x/y', 'n'.repeat(64), ''])(
    '%j names nothing',
    async (name) => {
      await expect(write([node(name, {})])).rejects.toThrow(code('name/invalid'));
      await expect(addPreset(db, 'profile', name)).rejects.toThrow(code('name/invalid'));
    },
  );

  test.each(['/etc/../x', 'etc/x', '/etc//x', '/etc/', '/proc/x', '/dev/sda', '/run/slipway/x', '/a\nb'])(
    '%j is no place for a file',
    async (path) => {
      await expect(addNodes(db, 'n1', { files: { [path]: { absent: true } } })).rejects.toThrow(
        code('node/bad-document'),
      );
    },
  );

  test('summaries are one line, and not too long', async () => {
    await db.transaction().execute(async (t) => {
      await writeChange(t, { who: 'x', via: 'api' }, `a\n\x1b[31mb${'c'.repeat(5000)}`, [node('n1', {})]);
    });
    const { summary } = await db.selectFrom('change').select('summary').executeTakeFirstOrThrow();
    expect(summary).toMatch(/^a \[31mbc+…$/);
    expect(summary.length).toBe(300);
  });
});
