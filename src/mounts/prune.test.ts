import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Change } from './changes.ts';
import { prune } from './prune.ts';

let upper: string;
beforeEach(async () => {
  upper = await mkdtemp(join(tmpdir(), 'slipway-prune-'));
});
afterEach(async () => await rm(upper, { recursive: true }));

const left = () =>
  execFileSync('find', ['.', '-mindepth', '1', '-printf', '%P\\n'], { cwd: upper, encoding: 'latin1' })
    .split('\n')
    .filter(Boolean)
    .toSorted();
const file = async (...paths: string[]) => {
  for (const path of paths) {
    await mkdir(join(upper, path, '..'), { recursive: true });
    await writeFile(join(upper, path), path);
  }
};
const change = (path: string, what: Change['change'], type: Change['type'] = 'file'): Change => ({ path, change: what, type }); // prettier-ignore
const opaque = (path: string) =>
  execFileSync('setfattr', ['-n', 'trusted.overlay.opaque', '-v', 'y', join(upper, path)]);

test('what is no change goes, with directories that hold nothing else', async () => {
  await file('etc/same', 'etc/changed', 'usr/share/x/same');
  await symlink('/etc', join(upper, 'link'));
  await prune(upper, [change('/etc/changed', 'changed')]);
  expect(left()).toEqual(['etc', 'etc/changed']);
  await prune(upper, []);
  expect(left()).toEqual([]);
});

test('what is in a directory that hides the one below stays, all of it; a new one is like any other', async () => {
  await file('replaced/same', 'replaced/new', 'added/kept', 'added/dirty');
  for (const path of ['replaced', 'added']) opaque(path);
  await prune(upper, [
    change('/replaced/new', 'added'),
    change('/replaced/old', 'removed'),
    change('/added', 'added', 'directory'),
    change('/added/kept', 'added'),
  ]);
  expect(left()).toEqual(['added', 'added/kept', 'replaced', 'replaced/new', 'replaced/same']);
});

test('a file with a new name keeps its old one', async () => {
  await file('etc/old', 'other');
  await mkdir(join(upper, 'new'));
  await link(join(upper, 'etc/old'), join(upper, 'new/name'));
  await prune(upper, [change('/new/name', 'added')]);
  expect(left()).toEqual(['etc', 'etc/old', 'new', 'new/name']);
});

test('names are bytes', async () => {
  const odd = Buffer.concat([Buffer.from(`${upper}/`), Buffer.from([0xff, 0x0a, 0x5c])]);
  await mkdir(odd);
  await writeFile(Buffer.concat([odd, Buffer.from('/in')]), '');
  await writeFile(Buffer.concat([odd, Buffer.from('/out')]), '');
  const path = `/${Buffer.from([0xff, 0x0a, 0x5c]).toString('latin1')}`;
  await prune(upper, [change(path, 'added', 'directory'), change(`${path}/in`, 'added')]);
  expect(left().join('\n')).toBe(`${path.slice(1)}\n${path.slice(1)}/in`.split('\n').toSorted().join('\n'));
});
