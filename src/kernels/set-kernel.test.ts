import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeKernel, fakeModules } from '../../test/support/kernel.ts';
import { openImageTree } from '../../test/support/image-tree.ts';
import { PoolTrial } from '../../test/support/kernel-pool.ts';
import { writeRecord } from '../mounts/record.ts';
import { tryLock } from '../system/lock.ts';
import { run } from '../system/process.ts';
import { offerable } from './offerable.ts';
import { setKernel } from './set-kernel.ts';

const [V, W] = ['6.1.0-9-amd64', '6.12.0-1-amd64'];
let trial: PoolTrial;
let tree: string;
beforeEach(async () => {
  trial = await PoolTrial.open();
  tree = join(trial.directory, 'tree');
  await mkdir(join(tree, 'usr/lib/modules'), { recursive: true });
  await mkdir(join(tree, 'etc'), { recursive: true });
});
afterEach(async () => await trial[Symbol.asyncDispose]());

/** A kernel in the pool, with an initramfs: none is made in these tests. */
async function pooled(version: string, parts = {}): Promise<void> {
  await trial.add([version], { root: await trial.host(`host-${version}`, version, parts) });
  await trial.initramfs(version, ['virtio_blk']);
}
const set = async (ref: string, kernel: string) =>
  await setKernel(ref, kernel, trial.catalog, {
    installation: trial.installation,
    options: { sink: trial.sink },
  });
const usrMerge = async () => await symlink('usr/lib', join(tree, 'lib'));

describe('set-kernel', () => {
  it('adds the modules as a layer that the pool and all images share; arguments stay, the old generation too', async () => {
    await usrMerge();
    await trial.image('base', tree, {
      kernel: { version: '1.0-old', arguments: ['console=ttyS0'], modules: ['virtio_blk'] },
    });
    const before = await trial.catalog.resolve('base:1');
    await pooled(V);
    const done = await set('base', V);
    expect(done).toMatchObject({
      changed: true,
      before: '1.0-old',
      after: V,
      layer: true,
      initramfs: 'pool',
    });
    const { config, kernel, initramfs, generation } = await trial.catalog.resolve('base');
    const entry = await trial.pool.find(V);
    expect(generation).toMatchObject({ generation: 2, tags: ['latest'], state: 'ready' });
    expect(config.kernel).toEqual({ version: V, arguments: ['console=ttyS0'], modules: ['virtio_blk'] });
    expect(config.parent).toBe(before.generation.digest);
    expect(config.layers.map((l) => l.digest)).toEqual([
      ...before.config.layers.map((l) => l.digest),
      entry.modules.digest,
    ]);
    expect([kernel?.digest, initramfs?.digest]).toEqual([entry.vmlinuz.digest, entry.initramfs?.digest]);
    const after = await trial.catalog.resolve('base:1');
    expect(after.manifest).toEqual(before.manifest);
    expect(await set('base', V)).toMatchObject({ changed: false, image: { generation: 2 } });
  });

  it('adds no layer where the tree has the modules of this very kernel; one of another build is laid over', async () => {
    await usrMerge();
    await fakeModules(tree, V);
    await trial.image('same', tree);
    await writeFile(join(tree, 'usr/lib/modules', V, 'kernel/more.ko'), 'of another build');
    await trial.image('other', tree);
    await pooled(V);
    expect(await set('same', V)).toMatchObject({ layer: false });
    expect(await set('other', V)).toMatchObject({ layer: true });
    const { config } = await trial.catalog.resolve('other');
    await using image = await openImageTree(trial.catalog, 'other');
    const names = (
      await run(['find', `${image.root}/usr/lib/modules/${V}`, '-name', '*.ko', '-printf', '%f '])
    ).stdout;
    expect(names).toContain('overlay.ko');
    expect(names).not.toContain('more.ko');
    expect(config.layers).toHaveLength(2);
  });

  it('the modules of the kernel before go with it, if they came the same way and nothing lies above', async () => {
    await usrMerge();
    await trial.image('base', tree);
    await pooled(V);
    await pooled(W);
    await set('base', V);
    await set('base', W);
    const titles = async () =>
      (await trial.catalog.resolve('base')).config.layers.map((layer) => layer.title);
    expect(await titles()).toEqual(['tree', `kernel modules ${W}`]);
    expect(await set('base', V)).toMatchObject({ before: W, after: V, layer: true });
    expect(await titles()).toEqual(['tree', `kernel modules ${V}`]);
  });

  it('makes a layer of its own for a tree whose /lib is a directory', async () => {
    await mkdir(join(tree, 'lib/modules/1.0-old'), { recursive: true });
    await run(['chmod', '750', join(tree, 'lib/modules')]);
    await trial.image('split', tree);
    await pooled(V);
    expect(await set('split', V)).toMatchObject({ layer: true });
    await using image = await openImageTree(trial.catalog, 'split');
    const found = await run([
      'find',
      image.root,
      '-path',
      `*${V}*`,
      '-name',
      'overlay.ko',
      '-printf',
      '%P\n',
    ]);
    expect(found.stdout).toBe(`lib/modules/${V}/kernel/fs/overlay.ko\n`);
    expect((await run(['stat', '--format=%a', join(image.root, 'lib/modules')])).stdout).toBe('750\n');
  });

  it('labels the modules for an image with SELinux, in a layer of its own', async () => {
    await usrMerge();
    const contexts = join(tree, 'etc/selinux/targeted/contexts/files');
    await mkdir(contexts, { recursive: true });
    await writeFile(join(tree, 'etc/selinux/config'), 'SELINUX=permissive\nSELINUXTYPE=targeted\n');
    await writeFile(
      join(contexts, 'file_contexts'),
      '/.*\tsystem_u:object_r:default_t:s0\n/usr/lib/modules(/.*)?\tsystem_u:object_r:modules_object_t:s0\n',
    );
    await trial.image('labelled', tree, { selinux: { policy: 'targeted', mode: 'permissive' } });
    await pooled(V);
    expect(await set('labelled', V)).toMatchObject({ layer: true });
    const { config } = await trial.catalog.resolve('labelled');
    expect(config.layers.at(-1)?.digest).not.toBe((await trial.pool.find(V)).modules.digest);
    await using image = await openImageTree(trial.catalog, 'labelled');
    const file = join(image.root, 'usr/lib/modules', V, 'kernel/fs/overlay.ko');
    const { stdout } = await run([
      'getfattr',
      '--absolute-names',
      '--only-values',
      '-n',
      'security.selinux',
      file,
    ]);
    expect(stdout).toContain('system_u:object_r:modules_object_t:s0');
  });

  it('takes the kernel of another image, which does not get into the pool', async () => {
    await usrMerge();
    await trial.image('plain', tree);
    await fakeModules(tree, V);
    await trial.image('donor', tree, { kernel: { version: V, arguments: [], modules: [] } });
    const { config } = await trial.catalog.resolve('donor');
    await trial.catalog.publish({
      config,
      kernel: await trial.catalog.putBlob(fakeKernel(V)),
      initramfs: await trial.catalog.putBlob('i'),
    });
    // The tree has no dracut and no package manager: making the initramfs is where this ends.
    await expect(set('plain', 'donor')).rejects.toMatchObject({ code: 'initramfs/no-tools' });
    expect((await trial.pool.list()).kernels).toEqual([]);
    expect((await trial.catalog.generations('plain')).map((g) => g.generation)).toEqual([1]);
  });
});

describe('set-kernel refuses', () => {
  beforeEach(async () => {
    await usrMerge();
    await trial.image('base', tree);
  });
  afterEach(async () => {
    expect((await trial.catalog.generations('base')).map((g) => g.generation)).toEqual([1]);
  });

  it('a kernel that is not there, with one that is near', async () => {
    await pooled(V);
    await expect(set('base', '6.1.0-8-amd64')).rejects.toMatchObject({
      code: 'kernels/unknown',
      todo: expect.stringContaining(V) as string,
    });
    await expect(set('base', '../x')).rejects.toMatchObject({ exit: 2 });
    await expect(set('none', V)).rejects.toMatchObject({ code: 'image/unknown' });
  });

  it('defect 16: one that could not mount the image, or is for other processors', async () => {
    await pooled('6.1.0-1-few', { modules: ['squashfs', 'ext4'] });
    await expect(set('base', '6.1.0-1-few')).rejects.toMatchObject({
      code: 'kernels/cannot-boot',
      message: expect.stringContaining('the kernel has no overlay, no loop') as string,
    });
    await trial.image('arm', tree, { architecture: 'arm64' });
    await pooled(V);
    await expect(set('arm', V)).rejects.toMatchObject({ code: 'kernels/cannot-boot' });
  });

  it('one whose configuration says that it cannot read what the layers are packed with', async () => {
    await pooled(V, { config: ['SQUASHFS', 'SQUASHFS_ZLIB', 'RD_GZIP'] });
    expect(await trial.pool.find(V)).toMatchObject({
      modules: { compressor: 'gzip' },
      config: ['RD_GZIP', 'SQUASHFS', 'SQUASHFS_ZLIB'],
    });
    // Layers without a word about it are packed with zstd.
    await expect(set('base', V)).rejects.toMatchObject({ code: 'build/kernel-cannot-mount' });
    const { config } = await trial.catalog.resolve('base');
    expect(await offerable(trial.catalog, config)).toEqual([]);
    expect(await offerable(trial.catalog, { architecture: 'amd64' })).toMatchObject([{ version: V }]);
  });

  it('what is being built, and what is mounted', async () => {
    await pooled(V);
    {
      using _ = tryLock(trial.installation.paths.locks, 'image-base', 'build of base');
      await expect(set('base', V)).rejects.toMatchObject({
        code: 'lock/held',
        message: expect.stringContaining('build of base') as string,
      });
    }
    const { digest } = await trial.catalog.find('base');
    await writeRecord(trial.installation.paths, {
      image: 'base', generation: 1, digest, who: 'anna', since: new Date().toISOString(), phase: 'mounted', layers: [], made: [],
    }); // prettier-ignore
    await expect(set('base', V)).rejects.toMatchObject({ code: 'mount/mounted' });
  });

  it('an image whose directory of modules leads elsewhere', async () => {
    await rm(join(tree, 'lib'));
    await symlink('/etc', join(tree, 'lib'));
    await trial.image('hostile', tree);
    await pooled(V);
    await expect(set('hostile', V)).rejects.toMatchObject({ code: 'kernels/no-place' });
  });

  it('a file of the pool that is not what it was', async () => {
    await pooled(V);
    const { size } = (await trial.pool.find(V)).modules;
    await rm(trial.pool.modules({ version: V }));
    await writeFile(trial.pool.modules({ version: V }), Buffer.alloc(size, 'x'));
    await expect(set('base', V)).rejects.toMatchObject({ code: 'image/wrong-digest' });
  });
});

describe('an initramfs of the pool', () => {
  it('is used only if it loads what the image wants, and is up to date', async () => {
    await usrMerge();
    await trial.image('base', tree, { kernel: { version: 'x', arguments: [], modules: ['nvme'] } });
    await pooled(V);
    await expect(set('base', V)).rejects.toMatchObject({ code: 'initramfs/no-tools' });
    await trial.initramfs(V, ['nvme']);
    expect(await set('base', V)).toMatchObject({ initramfs: 'pool' });
  });
});
