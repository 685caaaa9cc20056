import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { listChanges, showChange, undoChange } from './history.ts';
import { addPreset, listPresets } from './preset-registry.ts';
import { addNodes, changeNodes, listNodes, removeNodes, setNodes, showNode } from './registry.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
});
afterEach(() => here[Symbol.asyncDispose]());

const code = (name: string, message = '') =>
  expect.objectContaining({ code: name, message: expect.stringContaining(message) as string }) as Error;

test('tells who changed what by which face, the newest first', async () => {
  await addNodes(db, 'n[1-2]', {}, { actor: { who: 'ann', via: 'api' } });
  await setNodes(db, 'n1', { image: 'a:1' }, { actor: { who: 'bob', via: 'cli' } });
  expect(await listChanges(db)).toMatchObject([
    { id: 2, who: 'bob', via: 'cli', summary: 'node set n1', count: 1, undoes: null, undone: null },
    { id: 1, who: 'ann', via: 'api', summary: 'node add n[1-2]', count: 2 },
  ]);
  expect((await listChanges(db, { limit: 1 })).map((c) => c.id)).toEqual([2]);
  expect((await listChanges(db, { nodes: 'n2' })).map((c) => c.id)).toEqual([1]);
  expect(await listChanges(db, { nodes: 'n9' })).toEqual([]);
  expect((await listChanges(db, { nodes: '@image:a' })).map((c) => c.id)).toEqual([2, 1]);
  expect((await showChange(db, 2)).changes).toEqual([
    { kind: 'node', change: 'change', names: 'n1', count: 1, fields: [{ path: 'image', after: 'a:1' }] },
  ]);
  await expect(showChange(db, 77)).rejects.toThrow(code('node/no-change', '77'));
});

test('an empty history has nothing to undo', async () => {
  await expect(undoChange(db)).rejects.toThrow(code('node/no-change'));
});

describe('undo', () => {
  test('brings back what was before; undo of undo what was after', async () => {
    await addNodes(db, 'n[1-3]', { image: 'a:1', tags: { rack: 'r1' } });
    await setNodes(db, 'n[1-2]', { image: 'a:2', tags: { row: '1' } });
    const done = await undoChange(db);
    expect(done).toMatchObject({ id: 3, undoes: 2, summary: 'undo 2: node set n[1-2]' });
    expect(await showNode(db, 'n1')).toMatchObject({ image: 'a:1', tags: { rack: 'r1' } });
    expect((await showNode(db, 'n1')).tags).not.toHaveProperty('row');
    await undoChange(db);
    expect(await showNode(db, 'n1')).toMatchObject({ image: 'a:2', tags: { rack: 'r1', row: '1' } });
    expect((await listChanges(db)).map(({ id, undoes, undone }) => [id, undoes, undone])).toEqual([
      [4, 3, null],
      [3, 2, 4],
      [2, null, 3],
      [1, null, null],
    ]);
  });

  test('removed nodes come back with their ids, MAC addresses and groups', async () => {
    await addPreset(db, 'group', 'g');
    await addNodes(
      db,
      'n1',
      { macs: ['52:54:00:00:00:01'], address: '10.0.0.1', groups: ['g'] },
      { origin: 'registered' },
    );
    const before = await showNode(db, 'n1');
    await removeNodes(db, 'n1');
    await undoChange(db);
    const { id, macs, address, groups, origin } = before;
    expect(await showNode(db, 'n1')).toMatchObject({ id, macs, address, groups, origin });
    await undoChange(db, 2);
    expect(await listNodes(db)).toEqual([]);
  });

  test('takes back an older change if nothing of it changed since, and says what did if not', async () => {
    await addNodes(db, 'n[1-9]');
    await setNodes(db, 'n[1-3]', { image: 'a:1' });
    await setNodes(db, 'n9', { image: 'a:9' });
    await undoChange(db, 2);
    expect((await listNodes(db)).map((n) => n.image)).toEqual([...Array<undefined>(8), 'a:9']);
    await setNodes(db, 'n[2-3]', { mode: 'ram' });
    await expect(undoChange(db, 4)).rejects.toMatchObject({
      code: 'node/changed-since',
      message: 'Change 4 cannot be taken back: n[2-3] changed since',
      why: expect.stringContaining('By change 5.') as string,
    });
    expect((await showNode(db, 'n1')).image).toBeUndefined();
  });

  test('a node that was made anew under the old name is not the old one', async () => {
    await addNodes(db, 'n1');
    await removeNodes(db, 'n1');
    await addNodes(db, 'n1');
    await expect(undoChange(db, 2)).rejects.toThrow(code('node/changed-since', 'n1'));
    await expect(undoChange(db, 1)).rejects.toThrow(code('node/changed-since', 'n1'));
  });

  test('what others took meanwhile is not taken from them', async () => {
    await addNodes(db, 'n1', { macs: ['52:54:00:00:00:01'] });
    await removeNodes(db, 'n1');
    await addNodes(db, 'n2', { macs: ['52:54:00:00:00:01'] });
    await expect(undoChange(db, 2)).rejects.toThrow(code('node/mac-taken', 'n2'));
    expect((await listNodes(db)).map((n) => n.name)).toEqual(['n2']);
  });

  test('groups come and go with it, unless they are in use', async () => {
    await addPreset(db, 'group', 'g', { image: 'a:1' });
    await addNodes(db, 'n1', { groups: ['g'] });
    await expect(undoChange(db, 1)).rejects.toThrow(code('node/preset-in-use'));
    await changeNodes(db, 'n1', { remove: { groups: ['g'] } });
    await undoChange(db, 1);
    expect(await listPresets(db, 'group')).toEqual([]);
  });
});
