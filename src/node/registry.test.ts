import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { addNodes, listNodes, removeNodes, setNodes, showNode, unsetNodes } from './registry.ts';

let here: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
beforeEach(async () => {
  here = await temporaryInstallation();
  ({ db } = here.database);
});
afterEach(() => here[Symbol.asyncDispose]());

const code = (name: string, message?: string) =>
  expect.objectContaining({
    code: name,
    ...(message && { message: expect.stringContaining(message) as string }),
  }) as Error;

describe('add', () => {
  test('keeps what was said, and defaults for the rest', async () => {
    await addNodes(db, 'n1', {
      macs: ['52-54-00-00-00-01', '525400000002'],
      arguments: ['quiet', 'console=ttyS0'],
      address: '192.0.2.7',
    });
    expect(await showNode(db, 'n1')).toMatchObject({
      name: 'n1',
      macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
      architecture: 'amd64',
      arguments: ['quiet', 'console=ttyS0'],
      address: '192.0.2.7',
      origin: 'admin',
      image: undefined,
    });
  });

  test('takes several at once, in one transaction: all or none', async () => {
    await addNodes(db, 'n2');
    await expect(addNodes(db, 'n1, n2,n3')).rejects.toThrow(code('node/exists', 'n2'));
    expect((await listNodes(db)).map((node) => node.name)).toEqual(['n2']);
    await addNodes(db, 'n1,n3,n1');
    expect((await listNodes(db)).map((node) => node.name)).toEqual(['n1', 'n2', 'n3']);
  });

  test('thousands at once', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `c${i}`);
    await addNodes(db, names.join(','));
    expect(await listNodes(db)).toHaveLength(2500);
    await setNodes(db, names.join(','), { arguments: ['quiet'] });
    expect(await removeNodes(db, names.join(','))).toHaveLength(2500);
  });

  test('names the node that has a MAC address already, however it is written', async () => {
    await addNodes(db, 'n1', { macs: ['52:54:00:00:00:0a'] });
    await expect(addNodes(db, 'n2', { macs: ['5254.0000.000A'] })).rejects.toThrow(
      code('node/mac-taken', 'n1'),
    );
    await expect(addNodes(db, 'n2,n3', { macs: ['52:54:00:00:00:0b'] })).rejects.toThrow(
      code('node/one-only'),
    );
    await expect(addNodes(db, 'n2', { address: '192.0.2.300' })).rejects.toThrow(code('node/bad-address'));
    expect(await listNodes(db)).toHaveLength(1);
  });

  test.each(['', ' ', 'n1!n1'])('%j names no node', async (expr) => {
    await expect(addNodes(db, expr)).rejects.toThrow(code('node/empty'));
  });

  test.each(['../x', 'A', 'a/b', '-x', 'n1;reboot', 'n\0', 'N[1-2]', 'x'.repeat(64)])(
    '%j is no name',
    async (name) => {
      await expect(addNodes(db, name)).rejects.toThrow(code('name/invalid'));
    },
  );

  test.each([
    ['a b', 'boot/bad-argument'],
    ['root=/dev/sda', 'boot/reserved-argument'],
  ])('argument %j: %s', async (argument, error) => {
    await expect(addNodes(db, 'n1', { arguments: [argument] })).rejects.toThrow(code(error));
    await addNodes(db, 'n1');
    await expect(setNodes(db, 'n1', { arguments: [argument] })).rejects.toThrow(code(error));
  });
});

describe('set and unset', () => {
  beforeEach(async () => {
    await addNodes(db, 'n1', { macs: ['52:54:00:00:00:01'], arguments: ['a'], address: '192.0.2.1' });
    await addNodes(db, 'n2', { macs: ['52:54:00:00:00:02'], address: '192.0.2.2' });
  });

  test('change what they name and nothing else', async () => {
    await setNodes(db, 'n1,n2', { architecture: 'arm64' });
    expect(await showNode(db, 'n1')).toMatchObject({
      architecture: 'arm64',
      arguments: ['a'],
      macs: ['52:54:00:00:00:01'],
    });
    await setNodes(db, 'n1', { macs: ['52:54:00:00:00:03', '52:54:00:00:00:01'], arguments: [] });
    expect(await showNode(db, 'n1')).toMatchObject({
      arguments: [],
      macs: ['52:54:00:00:00:03', '52:54:00:00:00:01'],
    });
    await unsetNodes(db, 'n1', ['macs', 'address']);
    expect(await showNode(db, 'n1')).toMatchObject({ macs: [], address: undefined, architecture: 'arm64' });
  });

  test('a MAC or an address of another node is refused and nothing changes', async () => {
    const clash = setNodes(db, 'n1', { macs: ['52:54:00:00:00:02'], arguments: ['changed'] });
    await expect(clash).rejects.toThrow(code('node/mac-taken', 'n2'));
    await expect(setNodes(db, 'n1', { address: '192.0.2.2' })).rejects.toThrow(
      code('node/address-taken', 'n2'),
    );
    expect(await showNode(db, 'n1')).toMatchObject({
      arguments: ['a'],
      macs: ['52:54:00:00:00:01'],
      address: '192.0.2.1',
    });
    await setNodes(db, 'n1', { address: '192.0.2.1' });
  });

  test('nodes that do not exist are named, with the nearest one that does', async () => {
    const missing = setNodes(db, 'n1,nn2,n9', { arguments: ['x'] });
    await expect(missing).rejects.toThrow(code('node/unknown', 'n9,nn2'));
    await expect(missing).rejects.toMatchObject({
      todo: expect.stringMatching(/^Did you mean n[12]\?/) as string,
    });
    expect(await showNode(db, 'n1')).toMatchObject({ arguments: ['a'] });
  });
});

test('removing a node frees its name and addresses', async () => {
  await addNodes(db, 'n1', { macs: ['52:54:00:00:00:01'] });
  await removeNodes(db, 'n1');
  await expect(showNode(db, 'n1')).rejects.toThrow(code('node/unknown'));
  await addNodes(db, 'n1', { macs: ['52:54:00:00:00:01'] });
});
