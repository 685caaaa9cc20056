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

/** Makes and ends work directories until it is stopped. */
const MAKER = `
const { parentPort, workerData } = require('node:worker_threads');
let going = true;
parentPort.on('message', () => (going = false));
import(workerData.module).then(async ({ workDirectory }) => {
  parentPort.postMessage('first');
  while (going) {
    const work = await workDirectory(workerData.paths, 'short');
    await work[Symbol.asyncDispose]();
  }
  parentPort.close();
});`;

test('work that ends at this moment is nothing that was left, and no error', async () => {
  const workerData = { paths, module: new URL('workdir.ts', import.meta.url).href };
  const makers = [1, 2].map(() => new Worker(MAKER, { eval: true, workerData }));
  const ends = makers.map((one) => new Promise((resolve) => one.once('exit', resolve)));
  await Promise.all(makers.map((one) => new Promise((resolve) => one.once('message', resolve))));
  const removed: string[] = [];
  for (let i = 0; i < 300; i++) removed.push(...(await reconcileWork(paths)));
  for (const one of makers) one.postMessage('stop');
  await Promise.all(ends);
  expect(removed).toEqual([]);
  expect(await reconcileWork(paths)).toEqual([]);
  expect(readdirSync(paths.work)).toEqual(['locks']);
});
