import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportImages } from '../src/image/export.ts';
import { importImages } from '../src/image/import.ts';
import { pull, push } from '../src/image/skopeo.ts';
import { tag } from '../src/image/tag.ts';
import { verify } from '../src/image/verify.ts';
import type { Paths } from '../src/system/paths.ts';
import { start } from '../src/system/process.ts';
import { publish, testCatalog, type TestCatalog } from './support/catalog.ts';
import { freePort } from './support/free-port.ts';

const skopeo = (...args: string[]) =>
  execFileSync('skopeo', ['--insecure-policy', ...args], { encoding: 'utf8', stdio: 'pipe' });
const tar = (...args: string[]) => execFileSync('tar', args, { stdio: 'pipe' });
const code = (name: string) => expect.objectContaining({ code: name });
const labels = async (t: TestCatalog) =>
  (await t.catalog.generations()).map((g) => [`${g.name}:${g.generation}`, ...g.tags].join(' '));

/** Work directories that nobody removed. */
const workLeft = ({ work }: Paths) =>
  existsSync(work) ? readdirSync(work).filter((n) => n !== 'locks') : [];

/** A catalog with a:1 and a:2 and one file exported from it. */
async function origin() {
  const t = await testCatalog();
  await publish(t.catalog, 'a', { layers: ['base', 'one'] });
  await publish(t.catalog, 'a', { layers: ['base', Buffer.alloc(300_000, 'two ')] }, ['gold']);
  return t;
}

for (const kind of ['tar', 'directory'] as const)
  test(`what is exported as ${kind} is imported with the same digests`, async () => {
    await using t = await origin();
    await using u = await testCatalog();
    const file = join(t.root, kind === 'tar' ? 'out.tar' : 'out');
    await exportImages(t.catalog, ['a:1', 'a:2', 'a'], file);
    await expect(exportImages(t.catalog, ['a'], file)).rejects.toThrow(code('image/export-exists'));
    await publish(u.catalog, 'a', { layers: ['other'] }); // takes number 1 and latest
    const imported = await importImages(u.catalog, file);
    expect(imported.map((g) => g.digest)).toEqual((await t.catalog.generations()).map((g) => g.digest));
    expect(await labels(u)).toEqual(['a:1 latest', 'a:2', 'a:3 gold']);
    expect((await verify(u.catalog)).bad).toEqual([]);
    // Again: nothing new. Under another name: latest is set, for there is none.
    await importImages(u.catalog, file);
    expect(await labels(u)).toHaveLength(3);
    await importImages(u.catalog, file, { name: 'b' });
    expect((await labels(u)).slice(3)).toEqual(['b:1', 'b:2 gold latest']);
    // The origin is as it was, nothing is left behind.
    expect((await verify(t.catalog)).bad).toEqual([]);
    for (const { paths } of [t, u]) expect(workLeft(paths)).toEqual([]);
    expect(readdirSync(t.root).filter((n) => n.startsWith('.tmp-'))).toEqual([]);
  });

test('the same export gives the same file, and a corrupt image is not exported', async () => {
  await using t = await origin();
  for (const name of ['x.tar', 'y.tar']) await exportImages(t.catalog, ['a:2'], join(t.root, name));
  expect(readFileSync(join(t.root, 'x.tar')).equals(readFileSync(join(t.root, 'y.tar')))).toBe(true);
  const { initramfs } = await t.catalog.resolve('a:2');
  const path = t.catalog.blobPath(initramfs?.digest ?? '');
  const { size } = statSync(path);
  rmSync(path);
  writeFileSync(path, 'x'.repeat(size));
  await expect(exportImages(t.catalog, ['a:2'], join(t.root, 'z.tar'))).rejects.toThrow(
    /initramfs is corrupt/,
  );
  expect(existsSync(join(t.root, 'z.tar'))).toBe(false);
});

test('skopeo carries images out of the catalog and into it, with the same digest', async () => {
  await using t = await origin();
  await using u = await testCatalog();
  const { digest } = await t.catalog.find('a');
  const sha256 = (path: string) => `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
  skopeo('copy', `oci:${t.paths.catalog}:a:latest`, `oci:${t.root}/other:x`);
  skopeo('copy', `oci:${t.paths.catalog}:a:gold`, `dir:${t.root}/dir`);
  expect(sha256(join(t.root, 'dir', 'manifest.json'))).toBe(digest);
  expect(await importImages(u.catalog, join(t.root, 'other'))).toMatchObject([
    { name: 'a', generation: 1, digest, tags: ['latest', 'x'] },
  ]);
  await exportImages(t.catalog, ['a:gold'], join(t.root, 'out.tar'));
  skopeo('copy', `oci-archive:${t.root}/out.tar:a:2`, `dir:${t.root}/dir2`);
  expect(sha256(join(t.root, 'dir2', 'manifest.json'))).toBe(digest);
  skopeo('copy', `dir:${t.root}/dir2`, `oci-archive:${t.root}/theirs.tar:y`);
  await importImages(u.catalog, join(t.root, 'theirs.tar'), { name: 'b' });
  expect(await labels(u)).toEqual(['a:1 latest x', 'b:1 latest y']);
});

/** A layout as a directory, that a test damages. */
async function layoutOf(t: TestCatalog): Promise<{ directory: string; layer: string; manifest: string }> {
  const directory = join(t.root, 'layout');
  await exportImages(t.catalog, ['a:1'], directory);
  const { generation, layers } = await t.catalog.resolve('a:1');
  const blob = (digest = '') => join(directory, 'blobs/sha256', digest.slice(7));
  return { directory, layer: blob(layers[1]?.digest), manifest: blob(generation.digest) };
}

const damages: [string, string, (l: { directory: string; layer: string; manifest: string }) => void][] = [
  ['a wrong digest', 'image/wrong-digest', ({ layer }) => writeFileSync(layer, 'OnE')],
  ['a wrong size', 'image/bad-layout', ({ layer }) => writeFileSync(layer, 'on')],
  ['a missing blob', 'image/bad-layout', ({ layer }) => rmSync(layer)],
  ['a blob that is a symbolic link', 'image/bad-layout', ({ layer, directory }) => {
    rmSync(layer);
    writeFileSync(join(directory, 'aside'), 'one');
    symlinkSync('../../aside', layer);
  }],
  ['a directory that is a symbolic link', 'image/bad-layout', ({ directory }) => {
    execFileSync('mv', [join(directory, 'blobs'), join(directory, 'elsewhere')]);
    symlinkSync('elsewhere', join(directory, 'blobs'));
  }],
  ['an index that is a symbolic link', 'image/bad-layout', ({ directory }) => {
    rmSync(join(directory, 'index.json'));
    symlinkSync('/etc/hostname', join(directory, 'index.json'));
  }],
  ['an index that leads out', 'image/bad-layout', ({ directory }) => {
    const path = join(directory, 'index.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/sha256:[0-9a-f]+/g, 'sha256:../../../etc/passwd'));
  }],
  ['a manifest of another digest', 'image/wrong-digest', ({ manifest }) => {
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('kernel', 'kernal'));
  }],
  ['another media type', 'image/bad-layout', (l) => rewrite(l, (m) => m.replace('slipway.kernel.v1', 'slipway.kernel.v9'))],
  ['a layer twice', 'image/bad-layout', (l) => rewrite(l, (m) => {
    const manifest = JSON.parse(m) as { layers: unknown[] };
    manifest.layers.unshift(manifest.layers[0]);
    return JSON.stringify(manifest);
  })],
  ['layers that the config does not have', 'image/bad-layout', (l) => rewrite(l, (m) => {
    const manifest = JSON.parse(m) as { layers: unknown[] };
    manifest.layers.shift();
    return JSON.stringify(manifest);
  })],
  ['no image of ours', 'image/bad-layout', (l) => rewrite(l, (m) => m.replace('vnd.slipway.image.v1', 'vnd.other'))],
  ['no marker', 'image/bad-layout', ({ directory }) => rmSync(join(directory, 'oci-layout'))],
]; // prettier-ignore

/** Writes another manifest with its right digest. */
function rewrite(l: { directory: string; manifest: string }, change: (text: string) => string): void {
  const text = change(readFileSync(l.manifest, 'utf8'));
  const hex = createHash('sha256').update(text).digest('hex');
  writeFileSync(join(l.directory, 'blobs/sha256', hex), text);
  const index = join(l.directory, 'index.json');
  const old = l.manifest.slice(-64);
  const { size } = statSync(l.manifest);
  writeFileSync(
    index,
    readFileSync(index, 'utf8').replaceAll(old, hex).replaceAll(`"size":${size}`, `"size":${text.length}`),
  );
}

for (const [what, error, damage] of damages)
  test(`${what} in a layout is refused, as a directory and as a tar file`, async () => {
    await using t = await origin();
    await using u = await testCatalog();
    const layout = await layoutOf(t);
    damage(layout);
    await expect(importImages(u.catalog, layout.directory)).rejects.toThrow(code(error));
    tar('-C', layout.directory, '-cf', join(t.root, 'bad.tar'), '.');
    await expect(importImages(u.catalog, join(t.root, 'bad.tar'))).rejects.toThrow(code(error));
    expect(await u.catalog.list()).toEqual([]);
    expect(workLeft(u.paths)).toEqual([]);
  });

test('a tar file that leads out of itself is refused before anything is unpacked', async () => {
  await using t = await origin();
  await using u = await testCatalog();
  const { directory, layer } = await layoutOf(t);
  const outside = join(t.root, 'outside');
  writeFileSync(outside, 'safe');
  // Whole layouts, each with one thing more that must not be there.
  const evil: [string, string[]][] = [
    ['leads out', ['--transform', 's,^oci-layout$,../../../../../outside,', 'oci-layout']],
    ['leads out', ['--transform', 's,^oci-layout$,blobs/sha256/../../../x,', 'oci-layout']],
    ['leads out', ['--transform', `s,^oci-layout$,${outside},`, 'oci-layout']],
    ['twice', [`blobs/sha256/${layer.slice(-64)}`]],
  ];
  for (const [i, [reason, args]] of evil.entries()) {
    const file = join(t.root, `evil${i}.tar`);
    tar('-C', directory, '-cf', file, 'oci-layout', 'index.json', 'blobs');
    tar('-C', directory, '-P', '-rf', file, ...args);
    await expect(importImages(u.catalog, file)).rejects.toMatchObject({
      code: 'image/bad-layout',
      why: expect.stringContaining(reason),
    });
  }
  // A link first, then a file through it.
  mkdirSync(join(t.root, 'link'));
  symlinkSync(t.root, join(t.root, 'link', 'blobs'));
  const through = join(t.root, 'through.tar');
  tar('-C', join(t.root, 'link'), '-cf', through, 'blobs');
  tar('-C', directory, '-rf', through, 'oci-layout', 'index.json', 'blobs/sha256');
  await expect(importImages(u.catalog, through)).rejects.toThrow(code('image/bad-layout'));
  // Hard links and devices.
  execFileSync('ln', [layer, join(directory, 'hard')]);
  tar('-C', directory, '-cf', join(t.root, 'hard.tar'), 'oci-layout', 'index.json', 'blobs', 'hard');
  await expect(importImages(u.catalog, join(t.root, 'hard.tar'))).rejects.toThrow(code('image/bad-layout'));
  writeFileSync(join(t.root, 'text.tar'), 'this is no tar file');
  await expect(importImages(u.catalog, join(t.root, 'text.tar'))).rejects.toThrow(code('image/bad-layout'));
  await expect(importImages(u.catalog, join(t.root, 'nothing'))).rejects.toThrow(code('image/bad-layout'));
  expect(readFileSync(outside, 'utf8')).toBe('safe');
  expect(await u.catalog.list()).toEqual([]);
});

test('compressed tar files are imported too', async () => {
  await using t = await origin();
  await using u = await testCatalog();
  const { directory } = await layoutOf(t);
  const file = join(t.root, 'x.tar.zst');
  tar('-C', directory, '--zstd', '-cf', file, '.');
  expect(await importImages(u.catalog, file)).toMatchObject([{ name: 'a', state: 'ready' }]);
});

/** A registry, and the directory in which it keeps what it has. */
async function registryFor(t: TestCatalog): Promise<{ address: string; kept: string } & AsyncDisposable> {
  const port = await freePort();
  const config = join(t.root, 'registry.yml');
  const kept = join(t.root, 'registry');
  const storage = { filesystem: { rootdirectory: kept } };
  writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: `127.0.0.1:${port}` } }));
  const registry = start(['docker-registry', 'serve', config]);
  const stop = async () => {
    registry.stop();
    await registry.done.catch(() => {});
  };
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).status;
  await expect.poll(answers, { timeout: 15_000 }).toBe(200);
  return { address: `127.0.0.1:${port}/images/a`, kept, [Symbol.asyncDispose]: stop };
}

test('an image goes to a registry and comes back as it was', async () => {
  await using t = await origin();
  await using u = await testCatalog();
  await using registry = await registryFor(t);
  const { address } = registry;
  await tag(t.catalog, 'a:1', 'old');
  await push(t.catalog, 'a:old', `${address}:v1`, { insecure: true });
  const { digest } = await t.catalog.find('a:1');
  expect(await pull(u.catalog, `${address}:v1`, { insecure: true })).toMatchObject([
    { name: 'a', digest, tags: ['latest', 'v1'] },
  ]);
  expect(await pull(u.catalog, `${address}@${digest}`, { insecure: true, name: 'b' })).toMatchObject([
    { name: 'b', digest },
  ]);
  expect((await verify(u.catalog)).bad).toEqual([]);
  await expect(pull(u.catalog, `${address}:none`, { insecure: true })).rejects.toThrow(
    code('image/transfer'),
  );
  for (const bad of ['dir:/tmp/x', '--help', '/tmp/x', 'oci:/x:y', `${address}:v1 --x`])
    await expect(push(t.catalog, 'a', bad), bad).rejects.toThrow(code('image/bad-address'));
});

test('a registry that gives other bytes than it names is refused, part by part', async () => {
  await using t = await origin();
  await using registry = await registryFor(t);
  const { address, kept } = registry;
  await push(t.catalog, 'a:1', `${address}:v1`, { insecure: true });
  const { generation, manifest } = await t.catalog.resolve('a:1');
  const parts = [manifest.config, ...manifest.layers].map((part) => part.digest);
  expect(parts.length).toBeGreaterThanOrEqual(4);
  for (const digest of [generation.digest, ...parts]) {
    const hex = digest.slice(7);
    const file = join(kept, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    const good = readFileSync(file);
    const bad = Buffer.from(good);
    bad[bad.length >> 1] = (bad[bad.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bad);
    await using u = await testCatalog();
    for (const from of [`${address}:v1`, `${address}@${generation.digest}`])
      await expect(pull(u.catalog, from, { insecure: true }), `${digest} ${from}`).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^image\//) as string }) as Error,
      );
    expect(await u.catalog.list()).toEqual([]);
    expect(workLeft(u.paths)).toEqual([]);
    writeFileSync(file, good);
  }
  await using u = await testCatalog();
  expect(await pull(u.catalog, `${address}:v1`, { insecure: true })).toHaveLength(1);
});

test('a corrupt image does not go to a registry', async () => {
  await using t = await origin();
  await using registry = await registryFor(t);
  const { layers } = await t.catalog.resolve('a:1');
  const file = t.catalog.blobPath(layers[0]?.digest ?? '');
  const bytes = readFileSync(file);
  rmSync(file);
  writeFileSync(file, Buffer.from(bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))));
  await expect(push(t.catalog, 'a:1', `${registry.address}:v1`, { insecure: true })).rejects.toThrow(
    code('image/transfer'),
  );
});
