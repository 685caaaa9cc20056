import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { rm as remove, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publish, testCatalog } from '../../test/support/catalog.ts';
import { clear } from './clear.ts';
import { clone } from './clone.ts';
import { estimateOf, MARGIN, OVERLAY_MINIMUM } from './estimate.ts';
import { estimate } from './estimate-for.ts';
import { gc } from './gc.ts';
import { history } from './history.ts';
import { rm } from './rm.ts';
import { rollback } from './rollback.ts';
import { sbom } from './sbom.ts';
import { show } from './show.ts';
import { tag, untag } from './tag.ts';
import { verify } from './verify.ts';
import type { Catalog } from './catalog.ts';
import type { Digest, InUse } from './types.ts';

const nobody: InUse = () => Promise.resolve([]);
const refs = async (catalog: Catalog) =>
  (await catalog.generations()).map((g) => [`${g.name}:${g.generation}`, ...g.tags].join(' '));
const code = (name: string) => expect.objectContaining({ code: name });

async function threeGenerations() {
  const t = await testCatalog();
  for (const layer of ['one', 'two', 'three']) await publish(t.catalog, 'a', { layers: ['base', layer] });
  return t;
}

test('tags move from one generation to another and go', async () => {
  await using t = await threeGenerations();
  await tag(t.catalog, 'a:1', 'gold');
  expect((await tag(t.catalog, 'a', 'gold')).generation).toBe(3);
  expect(await refs(t.catalog)).toEqual(['a:1', 'a:2', 'a:3 gold latest']);
  await untag(t.catalog, 'a', 'gold');
  expect(await refs(t.catalog)).toEqual(['a:1', 'a:2', 'a:3 latest']);
  await expect(untag(t.catalog, 'a', 'gold')).rejects.toThrow(code('image/no-tag'));
  await expect(untag(t.catalog, 'a', 'latest')).rejects.toThrow(code('image/bad-tag'));
  await expect(tag(t.catalog, 'a', '7')).rejects.toThrow(code('image/bad-tag'));
  await expect(tag(t.catalog, 'a', '../x')).rejects.toThrow(code('name/invalid'));
  await expect(tag(t.catalog, 'b', 'x')).rejects.toThrow(code('image/unknown'));
});

test('rolling back goes one generation down or to the one named; building the same again goes forward', async () => {
  await using t = await threeGenerations();
  expect(await rollback(t.catalog, 'a')).toMatchObject({
    from: { generation: 3 },
    to: { generation: 2, tags: ['latest'] },
  });
  await rollback(t.catalog, 'a:latest');
  await expect(rollback(t.catalog, 'a')).rejects.toThrow(code('image/no-previous'));
  await rollback(t.catalog, 'a:3');
  expect(await refs(t.catalog)).toEqual(['a:1', 'a:2', 'a:3 latest']);
});

test('a clone is another name for the same digest', async () => {
  await using t = await threeGenerations();
  const one = await t.catalog.find('a:2');
  expect(await clone(t.catalog, 'a:2', 'b')).toMatchObject({
    name: 'b',
    generation: 1,
    digest: one.digest,
    tags: ['latest'],
  });
  await expect(clone(t.catalog, 'a', 'b')).rejects.toThrow(code('image/exists'));
  await expect(clone(t.catalog, 'a', '../b')).rejects.toThrow(code('name/invalid'));
  await expect(rm(t.catalog, one.digest, nobody)).rejects.toThrow(code('image/ambiguous'));
  // The clone outlives its origin.
  await rm(t.catalog, 'a', nobody);
  await gc(t.catalog, { grace: 0 });
  expect((await verify(t.catalog)).bad).toEqual([]);
  expect((await t.catalog.find('b')).state).toBe('ready');
});

test('rm refuses what nodes are assigned to, keeps a latest, and never gives a number again', async () => {
  await using t = await threeGenerations();
  const busy: InUse = (g) =>
    Promise.resolve(g.generation === 2 ? Array.from({ length: 12 }, (_, i) => `n${i}`) : []);
  await expect(rm(t.catalog, 'a:2', busy)).rejects.toThrow(/a:2 is assigned to n\[0-11\]/);
  await expect(rm(t.catalog, 'a', busy)).rejects.toThrow(code('image/in-use'));
  expect(await refs(t.catalog)).toHaveLength(3);
  await rm(t.catalog, 'a:3', busy);
  expect(await refs(t.catalog)).toEqual(['a:1', 'a:2 latest']);
  await rm(t.catalog, 'a', nobody);
  expect(await refs(t.catalog)).toEqual([]);
  expect((await publish(t.catalog, 'a', { layers: ['three'] })).generation).toBe(4);
  await expect(rm(t.catalog, 'b', nobody)).rejects.toThrow(code('image/unknown'));
});

test('gc removes what nothing needs, after the grace time', async () => {
  await using t = await threeGenerations();
  await rm(t.catalog, 'a:1', nobody);
  const other = await t.catalog.putBlob('needed by the cache');
  const killed = join(t.paths.catalog, 'blobs/sha256/.tmp-put-0123');
  writeFileSync(killed, 'half a blob');
  expect(await gc(t.catalog)).toMatchObject({ blobs: [], temporary: [], bytes: 0 });
  const would = await gc(t.catalog, { grace: 0, dryRun: true, keep: [other.digest] });
  const did = await gc(t.catalog, { grace: 0, keep: [other.digest] });
  expect(did).toEqual({ ...would, dryRun: false });
  // Layer `one`, its config and its manifest.
  expect(did).toMatchObject({ blobs: { length: 3 }, temporary: ['blobs/sha256/.tmp-put-0123'] });
  expect((await verify(t.catalog)).bad).toEqual([]);
  expect(await t.catalog.blobs.size(other.digest)).toBe(19);
  expect(await gc(t.catalog, { grace: 0 })).toMatchObject({ blobs: [other.digest], bytes: 19 });
});

test('gc keeps what the roots need, though no image has it any more', async () => {
  await using t = await threeGenerations();
  const { digest } = await t.catalog.find('a:1');
  await rm(t.catalog, 'a:1', nobody);
  expect(await gc(t.catalog, { grace: 0, roots: [digest] })).toMatchObject({ blobs: [] });
  const gone: Digest = `sha256:${'0'.repeat(64)}`;
  expect(await gc(t.catalog, { dryRun: true, grace: 0, roots: [gone] })).toMatchObject({
    blobs: { length: 3 },
    unreadable: [],
  });
  expect(await gc(t.catalog, { grace: 0 })).toMatchObject({ blobs: { length: 3 } });
});

test('a blob that was adopted again counts as new', async () => {
  await using t = await testCatalog();
  const { digest } = await t.catalog.putBlob('x');
  await utimes(t.catalog.blobPath(digest), 0, 0);
  expect((await gc(t.catalog, { dryRun: true })).blobs).toEqual([digest]);
  await t.catalog.putBlob('x');
  expect((await gc(t.catalog)).blobs).toEqual([]);
});

test('as long as a manifest cannot be read, gc keeps all blobs', async () => {
  await using t = await threeGenerations();
  const { digest } = await t.catalog.find('a:2');
  await remove(t.catalog.blobPath(digest));
  await t.catalog.putBlob('unused');
  const messages: string[] = [];
  const report = await gc(t.catalog, {
    grace: 0,
    sink: (e) => void (e.event === 'notice' && messages.push(e.message)),
  });
  expect(report).toMatchObject({ blobs: [], unreadable: [digest] });
  expect(messages).toHaveLength(1);
});

test('verify names the corrupt blob, its images and what it is there; the images are broken until it is mended', async () => {
  await using t = await threeGenerations();
  await publish(t.catalog, 'b', { layers: ['base', 'of b'] });
  expect((await verify(t.catalog)).bad).toEqual([]);
  const { layers, kernel } = await t.catalog.resolve('a:2');
  const path = t.catalog.blobPath(layers[1]?.digest ?? '');
  await remove(path);
  writeFileSync(path, 'tw0');
  expect((await t.catalog.find('a:2')).state).toBe('ready'); // the size is right: only verify can tell
  const report = await verify(t.catalog, ['a:2']);
  expect(report).toMatchObject({
    images: ['a:2'],
    bad: [
      {
        digest: layers[1]?.digest,
        problem: 'content',
        affects: [{ image: 'a:2', part: 'layer 2 of 2 (layer 1)' }],
      },
    ],
  });
  expect((await t.catalog.generations()).map((g) => g.state)).toEqual(['ready', 'broken', 'ready', 'ready']);
  // A shared blob: all images that have it.
  truncateSync(t.catalog.blobPath(kernel?.digest ?? ''), 3);
  const all = await verify(t.catalog);
  expect(all.bad.find((b) => b.problem === 'size')?.affects.map((a) => `${a.image} ${a.part}`)).toEqual([
    'a:1 kernel',
    'a:2 kernel',
    'a:3 kernel',
    'b:1 kernel',
  ]);
  // Building it again mends both.
  await publish(t.catalog, 'a', { layers: ['base', 'two'] });
  expect((await t.catalog.generations()).map((g) => g.state)).toEqual(['ready', 'ready', 'ready', 'ready']);
  expect((await verify(t.catalog)).bad).toEqual([]);
});

test('clear tells first, then removes broken images and leftovers, but not what is in use', async () => {
  await using t = await threeGenerations();
  for (const n of [1, 2])
    await remove(t.catalog.blobPath((await t.catalog.resolve(`a:${n}`)).layers[1]?.digest ?? ''));
  const busy: InUse = (g) => Promise.resolve(g.generation === 1 ? ['n1'] : []);
  const would = await clear(t.catalog, busy, { grace: 0 });
  expect(would).toMatchObject({
    dryRun: true,
    broken: [{ generation: 2 }],
    inUse: [{ generation: { generation: 1 }, nodes: ['n1'] }],
    leftovers: { blobs: { length: 2 } },
  });
  expect(await refs(t.catalog)).toHaveLength(3);
  const did = await clear(t.catalog, busy, { grace: 0, dryRun: false });
  expect(did).toEqual({ ...would, dryRun: false, leftovers: { ...would.leftovers, dryRun: false } });
  expect(await refs(t.catalog)).toEqual(['a:1', 'a:3 latest']);
});

test('history tells what each generation changed', async () => {
  await using t = await testCatalog();
  const bash = (version: string) => [{ name: 'bash', version, architecture: 'amd64' }];
  await publish(t.catalog, 'a', { layers: ['base'], packages: bash('1') });
  await publish(t.catalog, 'a', { layers: ['base', 'more'], packages: bash('2'), kernel: '6.2' });
  expect(await history(t.catalog, 'a')).toMatchObject([
    {
      generation: 2,
      changed: {
        packages: { changed: [{ name: 'bash', before: '1', after: '2' }] },
        layers: ['layer 1'],
        newBytes: 4,
        kernel: { before: '6.1.0-1-amd64', after: '6.2' },
      },
    },
    { generation: 1, changed: undefined },
  ]);
  await expect(history(t.catalog, 'b')).rejects.toThrow(code('image/unknown'));
});

test('show has it all; the estimate agrees with the check of the initramfs', async () => {
  await using t = await testCatalog();
  await publish(t.catalog, 'a', { layers: [Buffer.alloc(3 << 20), Buffer.alloc(1)] });
  const details = await show(t.catalog, 'a');
  expect(details).toMatchObject({
    name: 'a',
    architecture: 'amd64',
    stack: [{ title: 'layer 0', size: 3 << 20 }, { title: 'layer 1' }],
    boot: { version: '6.1.0-1-amd64', arguments: ['quiet'], kernel: { size: 20 } },
    packages: [{ name: 'bash' }],
    published: [],
  });
  expect(await estimate(t.catalog, 'a')).toEqual({
    ...details.memory, mode: 'ram', size: null, used: null, writable: null, full: null, published: null, server: null,
  }); // prettier-ignore
  // On NFS nothing of the root is in memory: what is left is what kernel, initramfs and system take.
  const [nfs, readonly] = await Promise.all(
    (['nfs', 'readonly'] as const).map(async (mode) => await estimate(t.catalog, 'a', { mode })),
  );
  expect(nfs).toMatchObject({ layers: 0, overlay: 0, available: MARGIN, size: null });
  expect(readonly).toMatchObject({ layers: 0, overlay: OVERLAY_MINIMUM, server: nfs?.server });
  const script = readFileSync(new URL('../initramfs/dracut/90slipway/memory.sh', import.meta.url), 'utf8');
  const constant = (name: string) => Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(script)?.[1]);
  expect([OVERLAY_MINIMUM, MARGIN]).toEqual([constant('SW_OVERLAY_MIN'), constant('SW_MARGIN')]);
  expect(details.memory).toMatchObject({ layers: 4, available: 4 + OVERLAY_MINIMUM + MARGIN });
  expect(details.memory.total).toBeGreaterThan(details.memory.available);
});

test('the estimate is on the safe side of what nodes were seen to have available', () => {
  // Machines under QEMU, an initramfs of 18 MiB, a kernel of 14: RAM, and what the check in the initramfs found.
  for (const [ram, available] of [
    [200, 83],
    [256, 136],
    [768, 558],
    [2048, 1782],
  ] as const)
    for (let layers = 0; layers < 2000; layers += 7) {
      const one = { layers: [{ size: layers << 20 }] } as Parameters<typeof estimateOf>[0];
      const needs = estimateOf(one, 14 << 20, 18 << 20);
      if (needs.total <= ram) expect(needs.available).toBeLessThanOrEqual(available);
    }
});

test('the bills of materials are the same each time and have every package', async () => {
  await using t = await testCatalog();
  const packages = [
    { name: 'libstdc++6', version: '1:12.2.0-14', architecture: 'amd64', source: 'gcc-12' },
    { name: 'bash', version: '5.2.15-2+b7', architecture: 'amd64' },
  ];
  await publish(t.catalog, 'a', { packages });
  const document = JSON.parse(await sbom(t.catalog, 'a'));
  expect(document).toMatchObject({
    spdxVersion: 'SPDX-2.3',
    creationInfo: { created: '2026-01-01T00:00:00Z' },
  });
  expect(document.packages.map((p: { name: string }) => p.name)).toEqual(['a', 'bash', 'libstdc++6']);
  expect(document.packages[2].externalRefs[0].referenceLocator).toBe(
    'pkg:deb/debian/libstdc%2B%2B6@1%3A12.2.0-14?arch=amd64&distro=debian-12',
  );
  expect(document.packages[0].primaryPackagePurpose).toBe('OPERATING_SYSTEM'); // as the JSON schema spells it
  const bom = JSON.parse(await sbom(t.catalog, 'a', 'cyclonedx'));
  expect(bom).toMatchObject({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [{ name: 'bash' }, { name: 'libstdc++6' }],
  });
  for (const format of ['spdx', 'cyclonedx'] as const)
    expect(await sbom(t.catalog, 'a', format)).toBe(await sbom(t.catalog, 'a:1', format));
});

test('a config with control characters or of another shape is refused', async () => {
  await using t = await testCatalog();
  const kernel = { version: '6', arguments: ['quiet\ninit=/bin/sh'], modules: [] };
  const good = (await publish(t.catalog, 'a')) && (await t.catalog.resolve('a')).config;
  await expect(t.catalog.publish({ config: { ...good, kernel } })).rejects.toThrow(
    code('image/not-an-image'),
  );
  await expect(t.catalog.publish({ config: { ...good, name: '../x' } })).rejects.toThrow(
    code('name/invalid'),
  );
});
