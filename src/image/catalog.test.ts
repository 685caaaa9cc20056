import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileUnder, newGeneration, publish, testCatalog } from '../../test/support/catalog.ts';
import { tryLock } from '../system/lock.ts';
import { Catalog } from './catalog.ts';
import type { Digest } from './types.ts';

const label = (g: { name: string; generation: number }) => `${g.name}:${g.generation}`;

test('a blob is adopted without a copy and found by its digest', async () => {
  await using t = await testCatalog();
  const file = await fileUnder(t.root, 'x', 'hello');
  const blob = await t.catalog.adoptBlob(file);
  expect(blob).toEqual({
    digest: 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    size: 5,
  });
  expect(existsSync(file)).toBe(false);
  expect(await readFile(t.catalog.blobPath(blob.digest), 'utf8')).toBe('hello');
  // Again, over a rotten one: the good one takes its place.
  await rm(t.catalog.blobPath(blob.digest));
  await writeFile(t.catalog.blobPath(blob.digest), 'hellO');
  await t.catalog.adoptBlob(await fileUnder(t.root, 'x', 'hello'), undefined, blob.digest);
  expect(await readFile(t.catalog.blobPath(blob.digest), 'utf8')).toBe('hello');
});

test('a file of another digest than announced is refused and kept', async () => {
  await using t = await testCatalog();
  const file = await fileUnder(t.root, 'x', 'other');
  const known: Digest = `sha256:${'0'.repeat(64)}`;
  await expect(t.catalog.adoptBlob(file, undefined, known)).rejects.toMatchObject({
    code: 'image/wrong-digest',
  });
  expect(existsSync(file)).toBe(true);
});

test('only digests become paths', async () => {
  await using t = await testCatalog();
  for (const bad of [
    'sha256:../../etc/passwd',
    `sha256:${'a'.repeat(63)}/`,
    `sha256:${'A'.repeat(64)}`,
    '',
    'x',
  ])
    expect(() => t.catalog.blobPath(bad)).toThrow(expect.objectContaining({ code: 'image/bad-digest' }));
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => t.catalog.blobPath(text)).toThrow();
    }),
  );
});

test('generations are numbered, the same content is no new one, latest moves', async () => {
  await using t = await testCatalog();
  const one = await publish(t.catalog, 'a');
  expect(one).toMatchObject({
    name: 'a',
    generation: 1,
    tags: ['latest'],
    state: 'ready',
    layers: 2,
    kernel: '6.1.0-1-amd64',
  });
  const two = await publish(t.catalog, 'a', { layers: ['base layer', 'new'] }, ['tested']);
  expect(two).toMatchObject({ generation: 2, tags: ['latest', 'tested'] });
  expect((await t.catalog.find('a:1')).tags).toEqual([]);
  const again = await publish(t.catalog, 'a');
  expect(again).toEqual({ ...one, created: one.created });
  expect((await t.catalog.find('a')).generation).toBe(1);
  expect((await publish(t.catalog, 'b')).generation).toBe(1);
  const other = await Catalog.open(t.paths);
  expect((await other.list()).map((g) => [label(g), g.tags])).toEqual([
    ['a:2', ['tested']],
    ['a:1', ['latest']],
    ['b:1', ['latest']],
  ]);
});

test('the digest depends on the content only, not on the order of keys or packages', async () => {
  await using t = await testCatalog();
  await using u = await testCatalog();
  const bash = { name: 'bash', version: '5', architecture: 'amd64' };
  const zsh = { architecture: 'amd64', version: '5', name: 'zsh' };
  const one = await publish(t.catalog, 'a', { packages: [bash, zsh] });
  const two = await publish(u.catalog, 'a', { packages: [zsh, { ...bash }] });
  expect(two.digest).toBe(one.digest);
});

test('a generation whose blobs are not there cannot be published', async () => {
  await using t = await testCatalog();
  const next = await newGeneration(t.catalog, 'a');
  await rm(t.catalog.blobPath(next.kernel?.digest ?? ''));
  await expect(t.catalog.publish(next)).rejects.toMatchObject({ code: 'image/missing-blob' });
  expect(await t.catalog.list()).toEqual([]);
});

test('references resolve by name, number, tag and digest; near names are suggested', async () => {
  await using t = await testCatalog();
  const one = await publish(t.catalog, 'compute', {}, ['gold']);
  const two = await publish(t.catalog, 'compute', { layers: ['x'] });
  for (const [ref, want] of [
    ['compute', two],
    ['compute:latest', two],
    ['compute:1', one],
    ['compute:gold', one],
    [one.digest, one],
    [one.digest.slice(0, 20), one],
    [two.digest.slice(7, 20), two],
  ] as const) {
    const found = await t.catalog.resolve(ref);
    expect(found.generation.digest).toBe(want.digest);
    expect(found.config.name).toBe('compute');
    expect(found.layers.length).toBe(found.config.layers.length);
    expect(found.kernel?.size).toBeGreaterThan(0);
  }
  await expect(t.catalog.resolve('comptue')).rejects.toMatchObject({
    code: 'image/unknown',
    todo: expect.stringContaining('Did you mean compute?'),
  });
  await expect(t.catalog.find('compute:godl')).rejects.toMatchObject({
    todo: expect.stringContaining('compute:gold?'),
  });
  await expect(t.catalog.find('compute:9')).rejects.toMatchObject({ code: 'image/unknown' });
  await expect(t.catalog.find('../x')).rejects.toMatchObject({ code: 'name/invalid' });
  await expect(t.catalog.find('a:b:c')).rejects.toMatchObject({ code: 'image/bad-reference' });
});

test('an image whose lock is held is listed as building', async () => {
  await using t = await testCatalog();
  await publish(t.catalog, 'a');
  {
    using held = tryLock(t.paths.locks, 'image-a', 'build of a');
    expect(held).toBeDefined();
    using _ = tryLock(t.paths.locks, 'image-new', 'build of new');
    expect((await t.catalog.list()).map((g) => [label(g), g.state])).toEqual([
      ['a:2', 'building'],
      ['a:1', 'ready'],
      ['new:1', 'building'],
    ]);
  }
  expect((await t.catalog.list()).map((g) => g.state)).toEqual(['ready']);
});

test('a missing or short blob makes the image broken', async () => {
  await using t = await testCatalog();
  const g = await publish(t.catalog, 'a');
  const { layers } = await t.catalog.resolve('a');
  const path = t.catalog.blobPath(layers[1]?.digest ?? '');
  await rm(path);
  expect((await t.catalog.find('a')).state).toBe('broken');
  await writeFile(path, 'short');
  expect((await t.catalog.find('a')).state).toBe('broken');
  await publish(t.catalog, 'a');
  expect(await t.catalog.find('a')).toEqual(g);
});

test('entries of others in the index are kept, a lost or torn index is an error', async () => {
  await using t = await testCatalog();
  const path = join(t.paths.catalog, 'index.json');
  const index = JSON.parse(await readFile(path, 'utf8'));
  const foreign = { mediaType: 'x/y', digest: `sha256:${'1'.repeat(64)}`, size: 3, annotations: { k: 'v' } };
  await writeFile(path, JSON.stringify({ ...index, manifests: [foreign] }));
  await publish(t.catalog, 'a');
  expect(JSON.parse(await readFile(path, 'utf8')).manifests).toContainEqual(foreign);
  await writeFile(path, '{"schemaVersion":2,"mani');
  await expect(t.catalog.list()).rejects.toMatchObject({ code: 'image/bad-index' });
  await rm(path);
  await expect(Catalog.open(t.paths)).rejects.toMatchObject({ code: 'image/bad-index' });
});
