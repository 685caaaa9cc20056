import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import { gc } from '../src/image/gc.ts';
import { rm } from '../src/image/rm.ts';
import type { Generation } from '../src/image/types.ts';
import { verify } from '../src/image/verify.ts';
import { Namespace } from '../src/system/namespace.ts';
import { publish, testCatalog } from './support/catalog.ts';

const here = new URL('support/', import.meta.url).pathname;
const run = promisify(execFile);
const child = (root: string, work: string, name = '', env: Record<string, string> = {}) =>
  run(
    process.execPath,
    ['--import', join(here, 'kill-at.ts'), join(here, 'catalog-child.ts'), root, work, name],
    {
      env: { ...process.env, ...env },
    },
  );
const labels = async (catalog: Catalog) =>
  (await catalog.generations()).map((g) => [`${g.name}:${g.generation}`, ...g.tags].join(' '));

test(
  'killed at any change to the file system, the catalog is the one from before or after',
  { timeout: 300_000 },
  async () => {
    const states = new Set<string>();
    let total = Infinity;
    for (let n = 1; n <= total; n++) {
      await using t = await testCatalog();
      await publish(t.catalog, 'a', { layers: ['base', 'first'] });
      const end = await child(t.root, 'everything', '', { KILL_AT: String(n) }).then(
        () => 'whole',
        (error: { signal?: string; stderr: string }) => error.signal ?? error.stderr,
      );
      if (end === 'whole')
        total = 0; // fewer changes than n: all were tried
      else expect(end).toBe('SIGKILL');

      const catalog = await Catalog.open(t.paths);
      const generations = await catalog.generations();
      states.add((await labels(catalog)).join(', '));
      expect(generations.map((g) => g.state)).not.toContain('broken');
      expect((await verify(catalog)).bad).toEqual([]);
      // The next command goes on, and nothing is left behind.
      await publish(catalog, 'a', { layers: ['base', 'second'] }, ['gold']);
      if (await catalog.find('a:1').catch(() => undefined))
        await rm(catalog, 'a:1', () => Promise.resolve([]));
      await gc(catalog, { grace: 0 });
      expect(await labels(catalog)).toEqual(['a:2 gold latest']);
      expect((await verify(catalog)).bad).toEqual([]);
      const files = [...(await readdir(t.paths.catalog)), ...(await catalog.blobs.names())];
      expect(files.filter((f) => f.startsWith('.tmp-'))).toEqual([]);
      expect(await catalog.blobs.names()).toHaveLength(6); // two layers, kernel, initramfs, config, manifest
    }
    expect([...states]).toEqual(['a:1 latest', 'a:1, a:2 gold latest', 'a:2 gold latest']);
  },
);

test(
  'several processes publish at once: every generation is there, with a number of its own',
  { timeout: 120_000 },
  async () => {
    await using t = await testCatalog();
    await Promise.all(['x', 'y', 'z'].map((name) => child(t.root, 'publish', name)));
    const generations = await t.catalog.generations('a');
    expect(generations.map((g) => g.generation)).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
    expect(new Set(generations.map((g) => g.digest)).size).toBe(24);
    expect(generations.flatMap((g) => g.tags).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'latest',
      'x',
      'y',
      'z',
    ]);
    expect((await verify(t.catalog)).bad).toEqual([]);
  },
);

test('two processes make a catalog at once', async () => {
  await using t = await testCatalog();
  const root = join(t.root, 'new');
  await Promise.all(['x', 'y'].map((name) => child(root, 'publish', name)));
  expect(
    (
      await (
        await Catalog.open({ ...t.paths, catalog: join(root, 'var/lib/slipway/catalog') })
      ).generations('a')
    ).length,
  ).toBe(16);
});

test('on a full disk publishing fails with a clear error, nothing is lost, and gc makes room', async () => {
  await using t = await testCatalog();
  const root = join(t.root, 'small');
  await mkdir(root);
  await using namespace = await Namespace.open();
  await namespace.run(['mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', root]);
  const { stdout } = await namespace.run([process.execPath, join(here, 'catalog-child.ts'), root, 'fill']);
  const result = JSON.parse(stdout) as {
    code: string;
    message: string;
    before: Generation[];
    freed: { bytes: number };
    after: Generation;
    list: Generation[];
  };
  expect(result.code).toBe('image/no-space');
  expect(result.message).toContain(root);
  expect(result.before.length).toBeGreaterThan(3);
  expect(new Set(result.before.map((g) => g.state))).toEqual(new Set(['ready']));
  expect(result.freed.bytes).toBeGreaterThanOrEqual(100_000);
  expect(result.after.generation).toBe(result.before.length + 1);
  expect(result.list.filter((g) => g.state !== 'ready')).toEqual([]);
});
