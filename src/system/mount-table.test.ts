import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountTable, tableText } from './mount-table.ts';
import { Namespace } from './namespace.ts';

test('one process mounts all, in their order, whatever their names are; one that fails is a failure', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-table-'));
  await using space = await Namespace.open();
  const names = ['plain', 'a b', '#hash', 'back\\slash', 'tab\tnew\nline', 'ümlaut', '\\040'];
  for (const name of names) {
    await mkdir(join(directory, 'from', name), { recursive: true });
    await mkdir(join(directory, 'to', name), { recursive: true });
    await writeFile(join(directory, 'from', name, name), '');
  }
  const entries = names.map((name) => ({
    source: join(directory, 'from', name),
    target: join(directory, 'to', name),
    type: 'none',
    options: 'bind',
  }));
  const within = { source: 'tmpfs', target: join(directory, 'to/plain/in'), type: 'tmpfs', options: 'X-mount.mkdir,mode=0700' }; // prettier-ignore
  const file = join(directory, 'table');
  await space.run(await mountTable(file, [...entries, within]));
  const root = `/proc/${space.pid}/root${directory}`;
  for (const name of names) expect(await readdir(join(root, 'to', name))).toContain(name);
  expect(await readdir(join(root, 'to/plain/in'))).toEqual([]);
  const bad = { source: '/nowhere', target: join(directory, 'to/plain'), type: 'none', options: 'bind' };
  await expect(space.run(await mountTable(file, [entries[1] ?? bad, bad]))).rejects.toThrow('mount failed');
  await space[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
  expect(tableText([])).toBe('');
});
