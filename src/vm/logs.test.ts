import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeImage } from '../boot/fixture.ts';
import { pathsUnder } from '../system/paths.ts';
import { testLogs } from './logs.ts';

let root: string;
beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'logs-'))));
afterEach(async () => await rm(root, { recursive: true }));

it('names the files after time, image and node', async () => {
  const { generation } = fakeImage('base.v2', 7);
  const logs = await testLogs(pathsUnder(root), generation, 'uefi', new Date('2026-02-03T04:05:06.789Z'));
  const name = /^20260203T040506Z-[0-9a-f]{4}\.base\.v2-7-uefi\./;
  expect(logs.console('test').slice(root.length + '/var/log/slipway/boot-tests/'.length)).toMatch(name);
  expect(logs.console('test')).not.toBe(logs.console('other'));
  expect(logs.server).toMatch(/\.server\.log$/);
});

it('removes the oldest tests as wholes', async () => {
  const directory = join(root, 'var/log/slipway/boot-tests');
  await mkdir(directory, { recursive: true });
  for (let i = 10; i < 70; i++)
    for (const part of ['server', 'test.console'])
      await writeFile(join(directory, `20260101T0000${i}Z-abcd.x.1-1-bios.${part}.log`), '');
  await testLogs(pathsUnder(root), fakeImage().generation, 'bios');
  const left = await readdir(directory);
  expect(left).toHaveLength(49 * 2);
  expect(left.toSorted()[0]).toContain('20260101T000021Z');
});
