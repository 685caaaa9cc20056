import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pathsUnder, type Paths } from '../../system/paths.ts';
import { bootFiles, chooseBootFiles, noteBootFiles } from './boot-files.ts';

/** `TYPE BYTES PATH` */
const tree = (...lines: string[]) =>
  new Map(
    lines.map((line) => {
      const [type = '', bytes = '', ...path] = line.split(' ');
      return [path.join(' '), { type, bytes: Number(bytes) }];
    }),
  );

let directory: string;
let paths: Paths;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'slipway-boot-files-'));
  paths = pathsUnder(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('the list grows with what boots read, and loses what the tree has no more', async () => {
  expect(await bootFiles(paths, 'compute')).toEqual([]);
  const first = tree('f 8 /a', 'f 8 /b\nb', 'f 8 /c', 'f 8 /\xff\xe4');
  expect(await noteBootFiles(paths, 'compute', first, ['/b\nb', '/a', '/\xff\xe4', '/elsewhere', ''])).toBe(
    3,
  );
  expect(await bootFiles(paths, 'compute')).toEqual(['/a', '/b\nb', '/\xff\xe4']);
  expect(await noteBootFiles(paths, 'compute', tree('f 8 /b\nb', 'f 8 /c'), ['/c'])).toBe(1);
  expect(await bootFiles(paths, 'compute')).toEqual(['/b\nb', '/c']);
  expect(await noteBootFiles(paths, 'compute', first, ['/c'])).toBe(0);
  expect(await bootFiles(paths, 'other')).toEqual([]);
});

test('small files go first, up to the limit; only files and links that are there', () => {
  const there = tree('f 4096 /a', 'f 90000 /big', 'f 0 /empty', 'l 0 /link', 'd 0 /etc', 'c 0 /null');
  const all = ['/big', '/a', '/empty', '/link', '/etc', '/null', '/gone'];
  expect(chooseBootFiles(there, all, 100_000)).toEqual(['/empty', '/link', '/a', '/big']);
  expect(chooseBootFiles(there, all, 90_000)).toEqual(['/empty', '/link', '/a']);
  expect(chooseBootFiles(there, [], 90_000)).toEqual([]);
});

test('a limit of nothing is nothing, not even what takes up no room', () => {
  expect(chooseBootFiles(tree('f 0 /empty'), ['/empty'], 0)).toEqual([]);
});
