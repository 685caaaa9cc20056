import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pathsUnder, type Paths } from './paths.ts';
import { reconcileWork, workDirectory } from './workdir.ts';

let paths: Paths;
beforeEach(() => {
  paths = pathsUnder(mkdtempSync(join(tmpdir(), 'slipway-work-')));
});
afterEach(() => rm(paths.root, { recursive: true }));

test('what a killed command left is removed and named; what is in use stays', async () => {
  await using work = await workDirectory(paths, 'build');
  mkdirSync(join(paths.work, 'build-0123456789ab'));
  writeFileSync(join(paths.work, 'build-0123456789ab', 'file'), '');
  expect(await reconcileWork(paths)).toEqual(['build-0123456789ab']);
  expect(existsSync(work.path)).toBe(true);
  expect(await reconcileWork(paths)).toEqual([]);
});

/** A thread that runs `body` again and again until it is told to stop. */
function repeating(body: string) {
  const code = `
    const { parentPort, workerData: { module, paths, stop } } = require('node:worker_threads');
    import(module).then(async ({ workDirectory, reconcileWork }) => {
      parentPort.postMessage('ready');
      while (stop[0] === 0) { ${body} }
    });`;
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workerData = { paths, stop, module: new URL('workdir.ts', import.meta.url).href };
  const thread = new Worker(code, { eval: true, workerData });
  const ended = new Promise((resolve, reject) => thread.once('exit', resolve).once('error', reject));
  const ready = new Promise((resolve) => thread.once('message', resolve));
  return {
    ready: Promise.race([ready, ended]),
    async stop() {
      stop[0] = 1;
      await ended;
    },
  };
}

test('work that ends at this moment is nothing that was left, and no error', async () => {
  const maker = 'await (await workDirectory(paths, "short"))[Symbol.asyncDispose]();';
  const threads = [maker, maker, 'await reconcileWork(paths);'].map(repeating);
  await Promise.all(threads.map((one) => one.ready));
  const removed: string[] = [];
  for (let i = 0; i < 300; i++) removed.push(...(await reconcileWork(paths)));
  for (const one of threads) await one.stop();
  expect(removed).toEqual([]);
  expect(await reconcileWork(paths)).toEqual([]);
  expect(readdirSync(paths.work)).toEqual(['locks']);
});
