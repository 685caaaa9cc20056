import { mkdir, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PoolTrial } from '../../test/support/kernel-pool.ts';
import { listKernels } from './list.ts';
import { offerable } from './offerable.ts';
import { removeKernel } from './remove.ts';

const V = '6.1.0-9-amd64';
let trial: PoolTrial;
beforeEach(async () => void (trial = await PoolTrial.open()));
afterEach(async () => await trial[Symbol.asyncDispose]());

const kernels = () => trial.installation.paths.kernels;
const list = async () => await listKernels(trial.installation.paths, trial.catalog);
const added = async (version = V, parts = {}) =>
  await trial.add([version], { root: await trial.host(version, version, parts) });

describe('kernel ls', () => {
  it('says whether the initramfs is there, where the kernel came from, and which images have it', async () => {
    await added();
    expect(await list()).toMatchObject([{ version: V, initramfs: 'missing', from: 'this host', images: [] }]);
    await trial.initramfs(V, ['virtio_blk']);
    const { vmlinuz } = await trial.pool.find(V);
    const blob = await trial.catalog.putBlob('tree');
    await trial.catalog.publish({
      config: {
        name: 'compute', os: 'linux', architecture: 'amd64', date: '2026-01-01T00:00:00Z', packages: [], system: {},
        layers: [{ ...blob, format: 'squashfs', title: 't', key: '', unpacked: 1 }],
        kernel: { version: V, arguments: [], modules: [] },
      },
      kernel: await trial.catalog.putBlob(await (await import('node:fs/promises')).readFile(trial.pool.vmlinuz({ version: V }))),
    }); // prettier-ignore
    const [kernel] = await list();
    expect(kernel).toMatchObject({ initramfs: 'present', initramfsFrom: 'a test', images: ['compute:1'] });
    expect(kernel?.bytes).toBeGreaterThan(vmlinuz.size);
  });

  it('an initramfs for another state of our dracut module is outdated, a lost one is missing', async () => {
    await added();
    await trial.initramfs(V);
    const { initramfs } = await trial.pool.find(V);
    if (!initramfs) throw new Error('no initramfs');
    using _ = await trial.pool.lock(V, 'test');
    const { digest } = initramfs;
    await trial.pool.setInitramfs(V, { ...initramfs, key: 'old' }, trial.catalog.blobPath(digest));
    expect(await list()).toMatchObject([{ initramfs: 'outdated' }]);
    await rm(trial.pool.initramfs({ version: V }, initramfs));
    expect(await list()).toMatchObject([{ initramfs: 'missing' }]);
  });

  it.each([
    ['without kernel.json', async (at: string) => await rm(join(at, 'kernel.json'))],
    ['with half a kernel.json', async (at: string) => await truncate(join(at, 'kernel.json'), 40)],
    ['with a shorter vmlinuz', async (at: string) => await truncate(join(at, 'vmlinuz'), 100)],
    ['without modules', async (at: string) => await rm(join(at, 'modules.squashfs'))],
    [
      'with a link to a file of the host for vmlinuz',
      async (at: string) => {
        await rm(join(at, 'vmlinuz'));
        await symlink('/etc/shadow', join(at, 'vmlinuz'));
      },
    ],
    [
      'under the name of another version',
      async (at: string) => {
        const { rename } = await import('node:fs/promises');
        await rename(at, join(at, '../7.0.0-other'));
      },
    ],
  ])(
    'shows a kernel %s as one that cannot boot; nothing is offered, and it can be removed',
    async (_name, harm) => {
      await added();
      await harm(join(kernels(), V));
      const [broken, ...others] = await list();
      expect(others).toEqual([]);
      expect(broken?.problem).toBeTruthy();
      expect(await offerable(trial.catalog, { architecture: 'amd64' })).toEqual([]);
      await expect(trial.pool.find(broken?.version ?? '')).rejects.toMatchObject({ code: 'kernels/broken' });
      await removeKernel(broken?.version ?? '', trial.catalog);
      expect(await list()).toEqual([]);
    },
  );

  it('says what to do about files that were copied there, and is not led astray by others', async () => {
    await mkdir(join(kernels(), 'no version'), { recursive: true });
    await symlink('/etc', join(kernels(), '6.0.0-link'));
    await writeFile(join(kernels(), 'vmlinuz-5.1.0'), 'bare');
    await writeFile(join(kernels(), 'README'), 'text');
    expect(await list()).toMatchObject([
      { version: '5.1.0', problem: expect.stringContaining('slipway kernel add') as string },
    ]);
    // Added since, by packages say: the copied file is no second kernel.
    await added('5.1.0');
    expect(await list()).toMatchObject([{ version: '5.1.0', initramfs: 'missing', images: [] }]);
    expect((await list())[0]?.problem).toBeUndefined();
  });
});

describe('defect 16: kernels that cannot boot are not offered', () => {
  it('to images: any of their architecture whose kernel can mount layers', async () => {
    await added('6.1.0-1-good');
    await added('6.1.0-2-bare', { modules: ['ext4'] });
    const versions = async (image?: { architecture: 'amd64' | 'arm64' }) =>
      (await offerable(trial.catalog, image)).map((kernel) => kernel.version);
    expect(await versions({ architecture: 'amd64' })).toEqual(['6.1.0-1-good']);
    expect(await versions({ architecture: 'arm64' })).toEqual([]);
    expect((await list())[1]?.problem).toBe('it has no overlay, no loop, no squashfs');
  });
});

describe('kernel rm', () => {
  it('removes it whole, and leaves nothing', async () => {
    await added();
    expect(await removeKernel(V, trial.catalog)).toEqual({ version: V, images: [] });
    expect(await readdir(kernels())).toEqual([]);
    expect((await readdir(trial.installation.paths.work)).filter((name) => name !== 'locks')).toEqual([]);
    await expect(removeKernel(V, trial.catalog)).rejects.toMatchObject({ code: 'kernels/unknown' });
  });

  it.each(['..', '../catalog', '/etc', '.', ''])('does not leave the pool for %j', async (version) => {
    await added();
    await expect(removeKernel(version, trial.catalog)).rejects.toMatchObject({ exit: 2 });
    expect(await list()).toHaveLength(1);
  });

  it('is not forgotten for a kernel in use', async () => {
    await added();
    using _ = await trial.pool.lock(V, 'a test');
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 300);
    await expect(removeKernel(V, trial.catalog, false, abort.signal)).rejects.toThrow();
    expect(await list()).toHaveLength(1);
  });
});
