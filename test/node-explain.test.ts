/** Where a file of a node comes from: real layers, mounted, with whiteouts and hostile links. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainPath } from '../src/files/explain.ts';
import type { RenderedFile } from '../src/files/rendered.ts';
import type { Resolved } from '../src/image/types.ts';
import { publish, testCatalog, type TestCatalog } from './support/catalog.ts';

let t: TestCatalog;
let image: Resolved;

function pack(fill: (tree: string) => void): Buffer {
  const tree = join(t.root, 'tree');
  mkdirSync(tree);
  fill(tree);
  execFileSync('mksquashfs', [tree, `${tree}.img`, '-quiet', '-no-progress', '-noappend'], { stdio: 'pipe' });
  rmSync(tree, { recursive: true });
  return readFileSync(`${tree}.img`);
}

beforeAll(async () => {
  t = await testCatalog();
  const base = pack((d) => {
    for (const dir of ['etc', 'etc/gone', 'run', 'usr', 'var', 'etc/ssh']) mkdirSync(join(d, dir));
    for (const file of ['etc/hosts', 'etc/removed', 'etc/gone/x', 'usr/tool', 'etc/hostname'])
      writeFileSync(join(d, file), file);
    symlinkSync('/run', join(d, 'var/run'));
    symlinkSync('../../../../../../etc/hosts', join(d, 'etc/up'));
    symlinkSync('a', join(d, 'etc/b'));
    symlinkSync('b', join(d, 'etc/a'));
  });
  const upper = pack((d) => {
    for (const dir of ['etc', 'usr']) mkdirSync(join(d, dir));
    writeFileSync(join(d, 'usr/tool'), 'newer');
    for (const gone of ['etc/removed', 'etc/gone']) execFileSync('mknod', [join(d, gone), 'c', '0', '0']);
  });
  await publish(t.catalog, 'one', { layers: [base, upper] });
  image = await t.catalog.resolve('one');
}, 60_000);
afterAll(async () => await t[Symbol.asyncDispose]());

const own = (path: string, more: Partial<RenderedFile>): RenderedFile => ({
  path, kind: 'file', mode: '0644', owner: 'root', group: 'root', secret: false, refresh: false, digest: 'sha256:0', source: 'profile:p', ...more,
}); // prettier-ignore
const files: RenderedFile[] = [
  own('/etc/hosts', { content: Buffer.from('1234') }),
  own('/etc/ssh/key', { content: Buffer.from(''), within: '/etc/ssh', source: 'default' }),
  own('/etc/none/key', { content: Buffer.from(''), within: '/etc/none', source: 'default' }),
  own('/usr/link', { kind: 'link', target: 'tool', source: 'node' }),
  own('/opt', { kind: 'absent', source: 'group:g' }),
];
const explain = async (path: string) => await explainPath(t.catalog, image, files, path);
const layer = (number: number) => ({ from: 'image', layer: number, of: 2, title: `layer ${number - 1}` });

test('the node’s own file, and what it hides', async () => {
  expect(await explain('/etc/hosts')).toMatchObject({
    type: 'file', size: 4, owner: 'root:root', origin: { from: 'node', source: 'profile:p' }, hides: layer(1), links: [],
  }); // prettier-ignore
});

test('the uppermost layer', async () => {
  expect(await explain('/usr/tool')).toMatchObject({ type: 'file', size: 5, origin: layer(2), owner: '0:0' });
  expect(await explain('/etc')).toMatchObject({ type: 'directory', origin: layer(2) });
});

test('links, absolute, relative and above the root, of image and node', async () => {
  expect(await explain('/etc/up')).toMatchObject({
    links: [{ path: '/etc/up', origin: layer(1) }],
    path: '/etc/hosts',
    origin: { source: 'profile:p' },
  });
  expect(await explain('/var/run/x')).toMatchObject({
    path: '/run/x',
    type: 'nothing',
    links: [{ target: '/run' }],
  });
  expect(await explain('/usr/link')).toMatchObject({
    links: [{ origin: { source: 'node' } }],
    path: '/usr/tool',
    origin: layer(2),
  });
  await expect(explain('/etc/a')).rejects.toThrow('Too many symbolic links');
});

test('what was removed: by a layer, with its directory, by the node', async () => {
  expect(await explain('/etc/removed')).toMatchObject({ type: 'nothing', origin: layer(2), hides: layer(1) });
  expect(await explain('/etc/gone/x')).toMatchObject({ type: 'nothing', origin: layer(2), hides: layer(1) });
  expect(await explain('/opt/x/y')).toMatchObject({ type: 'nothing', origin: { source: 'group:g' } });
  expect((await explain('/never')).origin).toBeUndefined();
});

test('what is made at the boot, and what only with a directory of the image', async () => {
  expect(await explain('/etc/hostname')).toMatchObject({ origin: { from: 'boot' }, hides: layer(1) });
  expect(await explain('/etc/ssh/key')).toMatchObject({ type: 'file', origin: { source: 'default' } });
  expect(await explain('/etc/none/key')).toMatchObject({ type: 'nothing' });
});

test('a node without an image', async () => {
  const found = await explainPath(t.catalog, undefined, files, '/etc/hosts');
  expect(found).toMatchObject({ type: 'file', origin: { source: 'profile:p' } });
});
