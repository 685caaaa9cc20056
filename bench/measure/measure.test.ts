import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { alternate } from './alternate.ts';
import { peaks, processTree } from './process-tree.ts';
import { peakMemory, timed } from './timed.ts';
import { start } from '../../src/system/process.ts';

test('contenders take turns, some in the first rounds only', async () => {
  const order: string[] = [];
  const contender = (name: string, rounds?: number) => ({
    name,
    rounds,
    run: async (round: number) => {
      order.push(`${name}${round}`);
      return await Promise.resolve(round);
    },
  });
  const results = await alternate([contender('a'), contender('b'), contender('c', 1)], 2);
  expect(order).toEqual(['a0', 'b0', 'c0', 'a1', 'b1']);
  expect([...results]).toEqual([
    ['a', [0, 1]],
    ['b', [0, 1]],
    ['c', [0]],
  ]);
});

test('whole processes are timed; one that fails is no result', async () => {
  const { seconds, stdout } = await timed(['sh', '-c', 'sleep 0.2; echo done']);
  expect(seconds).toBeGreaterThan(0.2);
  expect(stdout).toBe('done\n');
  await expect(timed(['false'])).rejects.toMatchObject({ code: 'process/failed' });
});

test('memory of a process: by GNU time, and of a tree that still runs', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  const hold = 'const b = Buffer.alloc(200 << 20, 1); console.log(b.length)';
  const bytes = await peakMemory([process.execPath, '--eval', hold], directory);
  await rm(directory, { recursive: true });
  expect(bytes).toBeGreaterThan(200 << 20);
  expect(bytes).toBeLessThan(500 << 20);

  const ready = Promise.withResolvers<void>();
  const child = start(
    ['sh', '-c', '"$0" --eval "$1"; true', process.execPath, `${hold}; setInterval(() => {}, 1000)`],
    {
      onLine: () => ready.resolve(),
    },
  );
  await ready.promise;
  const pids = await processTree(child.pid);
  expect(pids.length).toBe(2);
  expect(await peaks(pids)).toBeGreaterThan(200 << 20);
  child.stop();
  await child.done.catch(() => {});
  expect(await peaks(pids)).toBe(0);
});
