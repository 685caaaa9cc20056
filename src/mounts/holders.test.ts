import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { end, holders, ownHolder } from './holders.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-holders-'));
  await mkdir(join(directory, 'mnt/below'), { recursive: true });
});
afterEach(async () => await rm(directory, { recursive: true }));

/** A shell that stands there, once it has said so. */
async function shell(script: string, cwd = join(directory, 'mnt/below')) {
  const child = spawn('sh', ['-c', `${script}; echo ready; while :; do sleep 0.05; done`], { cwd });
  await once(child.stdout, 'data');
  return { child, ended: once(child, 'exit') };
}

test('who stands in the tree is found, with its command; who stands beside it is not', async () => {
  const { child, ended } = await shell('true');
  const other = await shell('true', directory);
  const found = await holders(directory);
  expect(found.map(({ pid }) => pid)).toContain(child.pid);
  expect(found.map(({ pid }) => pid)).not.toContain(other.child.pid);
  expect(found.find(({ pid }) => pid === child.pid)?.command).toMatch(/^sh -c true; echo ready/);
  expect(await ownHolder(found)).toBeUndefined();
  expect(await ownHolder([{ pid: process.ppid, command: '' }])).toBeDefined();
  other.child.kill();
  await end(directory, found);
  expect((await ended)[1]).toBe('SIGTERM');
  expect(await holders(directory)).toEqual([]);
});

test('who does not end when asked is killed', async () => {
  const { ended } = await shell('trap "" TERM');
  await end(directory, await holders(directory), { patience: 300 });
  expect((await ended)[1]).toBe('SIGKILL');
});
