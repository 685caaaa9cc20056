import { expect, test } from 'vitest';
import { selectPrivate } from './select.ts';

/** `TYPE MODE PATH`, in the order of find. */
const tree = (...lines: string[]) =>
  new Map(
    lines.map((line, i) => {
      const [type = '', mode = '', path = '', inode = String(i)] = line.split(' ');
      return [path, { type, mode: Number.parseInt(mode, 8), bytes: type === 'd' ? 0 : 4096, inode }];
    }),
  );
const chosen = (...lines: string[]) => selectPrivate(tree('d 755 ', ...lines));

test('files that others may not read, with the directories on the way', () => {
  const found = chosen('d 755 /etc', 'f 644 /etc/passwd', 'f 640 /etc/shadow', 'd 755 /usr', 'f 755 /usr/sh');
  expect(found).toEqual({
    paths: ['', '/etc', '/etc/shadow'],
    whole: [],
    files: 1,
    bytes: 4096,
    places: new Map([['/etc', 4096]]),
  });
  expect(chosen('f 644 /x')).toMatchObject({ paths: [''], files: 0, bytes: 0 });
});

test.each([
  ['f 644', false],
  ['f 444', false],
  ['f 604', false],
  ['f 600', true],
  ['f 000', true],
  // The server asks whether nobody may run it, whoever runs it on the node.
  ['f 755', false],
  ['f 4755', false],
  ['f 754', true],
  ['f 4754', true],
  ['f 744', true],
  ['f 4711', true],
  ['d 755', false],
  ['d 1777', false],
  ['d 705', false],
  ['d 711', true],
  ['d 754', true],
  ['d 700', true],
  ['l 777', false],
  // What is written to them does not go to the node's memory first.
  ['c 666', false],
  ['c 664', true],
  ['p 644', true],
  ['p 444', false],
  ['s 755', true],
  ['b 660', true],
])('%s: %s', (one, isPrivate) => {
  expect(chosen(`${one} /x`).paths).toEqual(isPrivate ? ['', '/x'] : ['']);
});

test('a directory that others may not list or enter is private with all that is in it', () => {
  const found = chosen('d 755 /a', 'd 711 /a/b', 'f 644 /a/b/x', 'd 755 /a/b/c', 'd 700 /a/b/c/d', 'l 777 /a/b/c/d/y', 'f 644 /a/bz', 'd 755 /a/b-c', 'f 600 /a/b-c/z'); // prettier-ignore
  expect(found.paths).toEqual(['', '/a', '/a/b', '/a/b/x', '/a/b/c', '/a/b/c/d', '/a/b/c/d/y', '/a/b-c', '/a/b-c/z']); // prettier-ignore
  expect(found.whole).toEqual(['/a/b']);
  expect(found.files).toBe(3);
  expect([...found.places]).toEqual([
    ['/a/b', 8192],
    ['/a/b-c', 4096],
  ]);
});

test('a file with several names is counted once', () => {
  expect(chosen('f 600 /x 7', 'f 600 /y 7')).toMatchObject({
    paths: ['', '/x', '/y'],
    files: 2,
    bytes: 4096,
  });
});

test('a top that is not for others is all', () => {
  expect(selectPrivate(tree('d 700 ', 'f 644 /x'))).toMatchObject({ paths: ['', '/x'], whole: [''] });
});

test('what boots read comes with it, and is not counted as private', () => {
  const lines = ['d 755 /usr', 'd 755 /usr/lib', 'f 644 /usr/lib/libc', 'f 644 /usr/lib/libm', 'f 600 /key', 'd 700 /root', 'f 644 /root/x', 'd 755 /etc', 'f 644 /etc/x']; // prettier-ignore
  const preload = { paths: ['/usr/lib/libc', '/root/x', '/etc/x'], whole: ['/root', '/etc'] };
  const found = selectPrivate(tree('d 755 ', ...lines), new Set(), preload);
  expect(found.paths).toEqual(['', '/usr', '/usr/lib', '/usr/lib/libc', '/key', '/root', '/root/x', '/etc', '/etc/x']); // prettier-ignore
  expect(found.whole).toEqual(['/root', '/etc']);
  expect(found).toMatchObject({ files: 2, bytes: 8192 });
});

test('what NFS does not carry of files comes with them, and of directories without what is in them', () => {
  const lines = ['d 755 /usr', 'f 755 /usr/ping', 'f 755 /usr/ls', 'd 755 /log', 'f 644 /log/x', 'd 700 /root', 'f 755 /root/ping']; // prettier-ignore
  const found = selectPrivate(tree('d 755 ', ...lines), new Set(['/usr/ping', '/log', '/root/ping']));
  expect(found.paths).toEqual(['', '/usr', '/usr/ping', '/log', '/root', '/root/ping']);
  expect(found).toMatchObject({ whole: ['/root'], files: 2, bytes: 8192 });
});
