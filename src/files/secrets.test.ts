import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryInstallation } from '../../test/support/registry.ts';
import type { Db } from '../db/database.ts';
import { sayFile, saidFiles } from './edit.ts';
import { addPreset, showPreset } from '../node/preset-registry.ts';
import { addNodes } from '../node/registry.ts';
import { generateSecret, listSecrets, readSecret, removeSecret, setSecret, SECRET_LIMIT } from './secrets.ts';

const site = Buffer.alloc(32, 7);
let temporary: Awaited<ReturnType<typeof temporaryInstallation>>;
let db: Db;
beforeEach(async () => {
  temporary = await temporaryInstallation();
  ({ db } = temporary.database);
});
afterEach(async () => await temporary[Symbol.asyncDispose]());

it('a secret is kept, replaced, listed without its value, and removed', async () => {
  const value = Buffer.from('a secret with \0 and ü');
  await setSecret(db, site, 'one', value);
  expect(await readSecret(db, site, 'one')).toEqual(value);
  await setSecret(db, site, 'one', Buffer.from('other'));
  expect((await readSecret(db, site, 'one'))?.toString()).toBe('other');
  expect(await listSecrets(db)).toMatchObject([{ name: 'one', bytes: 5 }]);
  expect(JSON.stringify(await listSecrets(db))).not.toContain('other');
  await removeSecret(db, 'one');
  expect(await readSecret(db, site, 'one')).toBeUndefined();
  await expect(removeSecret(db, 'one')).rejects.toThrow('no secret one');
});

it('the registry’s file alone does not tell it; another site, or another name, cannot read it', async () => {
  await setSecret(db, site, 'one', Buffer.from('correct horse battery'));
  for (const suffix of ['', '-wal'])
    expect(readFileSync(temporary.installation.paths.database + suffix, 'latin1')).not.toContain(
      'correct horse',
    );
  await expect(readSecret(db, Buffer.alloc(32, 8), 'one')).rejects.toThrow('cannot be read');
  await db.updateTable('secret').set({ name: 'two' }).execute();
  await expect(readSecret(db, site, 'two')).rejects.toThrow('cannot be read');
});

it('random ones are not replaced by mistake', async () => {
  await generateSecret(db, site, 'munge', 128);
  const value = await readSecret(db, site, 'munge');
  expect(value).toHaveLength(128);
  await expect(generateSecret(db, site, 'munge', 128)).rejects.toThrow('There is a secret munge already');
  expect(await readSecret(db, site, 'munge')).toEqual(value);
});

it.each([
  ['an empty one', 'x', Buffer.alloc(0)],
  ['a huge one', 'x', Buffer.alloc(SECRET_LIMIT + 1)],
  ['a bad name', '../x', Buffer.from('1')],
])('refuses %s', async (_, name, value) => await expect(setSecret(db, site, name, value)).rejects.toThrow());

it('cannot be removed while a node, group or profile needs it', async () => {
  await setSecret(db, site, 'one', Buffer.from('1'));
  await addPreset(db, 'profile', 'p');
  await addNodes(db, 'n1,n2');
  await sayFile(db, { profile: 'p' }, '/etc/x', { secret: 'one' });
  await expect(removeSecret(db, 'one')).rejects.toThrow('profile p names it');
  await sayFile(db, { profile: 'p' }, '/etc/x', undefined);
  await sayFile(db, { nodes: 'n[1-2]' }, '/etc/x', { secret: 'one' });
  await expect(removeSecret(db, 'one')).rejects.toThrow('node n1 names it');
  await sayFile(db, { nodes: 'n[1-2]' }, '/etc/x', null);
  await removeSecret(db, 'one');
});

it('files are said and taken away; what would fail at a boot is refused at once', async () => {
  await addPreset(db, 'group', 'g');
  const owner = { group: 'g' };
  await sayFile(db, owner, '/etc/a', {
    content: Buffer.from('{{ node.name }}'),
    template: true,
    mode: '0600',
  });
  await sayFile(db, owner, '/etc/b', null);
  expect(await saidFiles(db, owner)).toEqual({
    '/etc/a': { content: expect.stringMatching(/^sha256:/) as string, template: true, mode: '0600' },
    '/etc/b': null,
  });
  const refused = async (given: Parameters<typeof sayFile>[3], path = '/etc/c') =>
    await sayFile(db, owner, path, given).then(
      () => 'accepted',
      (error: { code: string }) => error.code,
    );
  expect(await refused({ content: Buffer.from('{{ x }}'), template: true })).toBe('file/variable');
  expect(await refused({ content: Buffer.from('{% if %}'), template: true })).toBe('file/template');
  expect(await refused({ content: Buffer.alloc((16 << 20) + 1) })).toBe('file/large');
  expect(await refused({ secret: 'none' })).toBe('file/unknown-secret');
  expect(await refused({ builtin: 'hosts2' })).toBe('file/no-builtin');
  expect(await refused({})).toBe('node/bad-document');
  expect(await refused({ absent: true, link: 'x' })).toBe('node/bad-document');
  expect(await refused({ absent: true }, '/etc/../x')).toBe('node/bad-document');
  expect(await refused({ absent: true, owner: 'a b' })).toBe('node/bad-document');
  expect(await refused(undefined)).toBe('file/not-set');
  await sayFile(db, owner, '/etc/a', undefined);
  await sayFile(db, owner, '/etc/b', undefined);
  expect((await showPreset(db, 'group', 'g')).settings).toEqual({});
});
