import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pathsUnder, type Paths } from '../../system/paths.ts';
import { bootFiles, chooseBootFiles, forgetBootFiles, noteBootFiles } from './boot-files.ts';

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
  const there = tree(
    'd 0 ',
    'f 400096 /a',
    'f 900000 /big',
    'f 0 /empty',
    'l 0 /link',
    'd 0 /etc',
    'c 0 /null',
  );
  const all = ['/big', '/a', '/empty', '/link', '/etc', '/null', '/gone'];
  const chosen = (limit: number, files = all) => chooseBootFiles(there, files, limit);
  expect(chosen(2_000_000)).toEqual({ paths: ['/empty', '/link', '/a', '/big'], whole: [] });
  expect(chosen(900_000)).toEqual({ paths: ['/empty', '/link', '/a'], whole: [] });
  expect(chosen(900_000, [])).toEqual({ paths: [], whole: [] });
});

test('a limit of nothing is nothing, not even what takes up no room', () => {
  expect(chooseBootFiles(tree('f 0 /empty'), ['/empty'], 0)).toEqual({ paths: [], whole: [] });
});

test('directories of which boots read half are taken whole, the uppermost ones; never the top', () => {
  const there = tree(
    ...'d 0 ; d 0 /usr; d 0 /usr/lib; f 9000000 /usr/lib/large; d 0 /usr/lib/units'.split('; '),
    ...'f 400000 /usr/lib/units/a; f 400000 /usr/lib/units/b; d 0 /usr/lib/units/a.d'.split('; '),
    ...'f 4096 /usr/lib/units/a.d/x; l 0 /usr/lib/units/link; d 0 /usr/lib/few'.split('; '),
    ...'f 100000 /usr/lib/few/x; f 200000 /usr/lib/few/y; d 0 /etc; f 4096 /etc/small'.split('; '),
    ...'f 4096 /etc/not-read; d 0 /srv; f 4096 /srv/never'.split('; '),
  );
  const files = ['/usr/lib/units/a', '/usr/lib/few/x', '/etc/small'];
  const { paths, whole } = chooseBootFiles(there, files, 10_000_000);
  expect(whole).toEqual(['/usr/lib/units', '/etc']);
  const units = ['a', 'b', 'a.d', 'a.d/x', 'link'].map((name) => `/usr/lib/units/${name}`);
  expect(paths.toSorted()).toEqual([...units, '/usr/lib/few/x', '/etc/small', '/etc/not-read'].toSorted());
});

test('lists go with their images', async () => {
  for (const image of ['compute', 'web']) await noteBootFiles(paths, image, tree('f 8 /a'), ['/a']);
  await forgetBootFiles(paths, ['web', 'other']);
  expect([await bootFiles(paths, 'compute'), await bootFiles(paths, 'web')]).toEqual([[], ['/a']]);
  await Promise.all(['/b', '/c'].map((one) => noteBootFiles(paths, 'web', tree('f 8 /a', 'f 8 /b', 'f 8 /c'), [one]))); // prettier-ignore
  expect(await bootFiles(paths, 'web')).toEqual(['/a', '/b', '/c']);
});
