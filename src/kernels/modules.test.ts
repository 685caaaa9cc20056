import { mkdir, mkdtemp, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeModules } from '../../test/support/kernel.ts';
import { copyModules, modulesContent } from './modules.ts';

const V = '6.1.0-9-amd64';
let root: string;
let modules: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-modules-'));
  modules = await fakeModules(root, V);
});
afterEach(async () => await rm(root, { recursive: true }));

it('modules are the same by content, whatever depmod or packages of headers put beside them', async () => {
  const { content } = await copyModules(modules, join(root, 'copy'), V);
  expect(await modulesContent(modules)).toBe(content);
  for (const name of ['modules.dep', 'modules.alias.bin', 'config', 'vmlinuz', 'System.map'])
    await writeFile(join(modules, name), 'made later');
  await mkdir(join(modules, 'build'));
  expect(await modulesContent(modules)).toBe(content);
  await writeFile(join(modules, 'kernel/fs/loop.ko'), 'another');
  expect(await modulesContent(modules)).not.toBe(content);
});

it('other names, other modules', async () => {
  const before = await modulesContent(modules);
  await rename(join(modules, 'kernel/fs/loop.ko'), join(modules, 'kernel/loop.ko'));
  expect(await modulesContent(modules)).not.toBe(before);
});

it('a tree with more than any kernel has keeps nobody busy', async () => {
  await truncate(await written('kernel/huge.ko'), 9 * 2 ** 40);
  expect(await modulesContent(modules)).toBe('');
  await expect(copyModules(modules, join(root, 'copy'), V)).rejects.toMatchObject({
    code: 'kernels/bad-modules',
  });
  expect(await readdir(join(root, 'copy/kernel'))).not.toContain('huge.ko');
});

it('stops when asked to', async () => {
  const signal = AbortSignal.abort();
  await expect(copyModules(modules, join(root, 'copy'), V, signal)).rejects.toThrow();
  await expect(modulesContent(modules, signal)).rejects.toThrow();
});

async function written(name: string): Promise<string> {
  await writeFile(join(modules, name), '');
  return join(modules, name);
}
