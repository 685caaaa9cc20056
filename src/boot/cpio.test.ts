import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../system/process.ts';
import { cpio } from './cpio.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'slipway-cpio-'))));
afterEach(() => rm(directory, { recursive: true }));

const entries = [
  { path: 'etc', mode: 0o755 },
  { path: 'etc/slipway', mode: 0o700 },
  { path: 'etc/slipway/node.conf', mode: 0o600, content: 'node n1\n' },
  { path: 'etc/slipway/empty', mode: 0o644, content: '' },
  { path: 'etc/slipway/binary', mode: 0o600, content: Uint8Array.from({ length: 1001 }, (_, i) => i & 255) },
];

test('the real cpio lists and unpacks it', async () => {
  const archive = cpio(entries);
  expect(archive.length % 512).toBe(0);
  const listed = await run(['cpio', '-t', '--quiet'], { input: archive });
  expect(listed.stdout.trim().split('\n')).toEqual(entries.map((entry) => entry.path));
  expect(listed.stderr).toBe('');
  await run(['cpio', '-i', '--quiet'], { input: archive, cwd: directory });
  for (const { path, mode, content } of entries) {
    const unpacked = statSync(join(directory, path));
    expect(unpacked.mode & 0o7777, path).toBe(mode);
    expect(unpacked.uid).toBe(0);
    expect(unpacked.isDirectory()).toBe(content === undefined);
    if (content !== undefined) expect(readFileSync(join(directory, path))).toEqual(Buffer.from(content));
  }
});

test('the real cpio gets back any content under any name', async () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((n) => !/[\0/]|^\.{1,2}$/.test(n));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(name, { maxLength: 6 }),
      fc.uint8Array({ maxLength: 3000 }),
      async (names, content) => {
        const archive = cpio(names.map((path) => ({ path, mode: 0o600, content })));
        const target = mkdtempSync(join(directory, 'x-'));
        await run(['cpio', '-i', '--quiet'], { input: archive, cwd: target });
        for (const one of names) expect(readFileSync(join(target, one))).toEqual(Buffer.from(content));
      },
    ),
    { numRuns: 25 },
  );
});

test.each(['/etc/passwd', '../x', 'a/../b', 'a//b', '', 'a/', 'a\0b', 'TRAILER!!!'])(
  'refuses the path %j',
  (path) => expect(() => cpio([{ path, mode: 0o600, content: '' }])).toThrow(TypeError),
);

test('the same entries give the same bytes', () => expect(cpio(entries)).toEqual(cpio(entries)));
