import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pathsUnder } from '../system/paths.ts';
import { buildLog } from './logs.ts';

it('keeps the logs of the last hundred builds', async () => {
  const root = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  const paths = pathsUnder(root);
  for (let i = 0; i < 103; i++) (await buildLog(paths, `image${i}`, new Date(i * 60_000)))[Symbol.dispose]();
  const names = (await readdir(join(paths.logs, 'builds'))).toSorted();
  expect(names).toHaveLength(100);
  expect(names[0]).toContain('image3.');
  expect(names.at(-1)).toContain('image102.');
  await rm(root, { recursive: true });
});
