/** Kernels with real parts: packages of the archive, dracut of this host and of an image, a boot. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Catalog } from '../src/image/catalog.ts';
import type { ListedKernel } from '../src/kernels/list.ts';
import type { KernelSet } from '../src/kernels/set-kernel.ts';
import type { Installation } from '../src/system/config.ts';
import type { Built, Tested } from '../src/system/events.ts';
import { run } from '../src/system/process.ts';
import { cachedImage, privateCopy, SLIPWAY } from './support/image-cache.ts';

const MINUTES = 60_000;
let copy: AsyncDisposable & { installation: Installation };
let directory: string;
/** A kernel package that the image does not have, and the version of its kernel. */
let package_: string;
let version: string;
let own: string;

async function slipway<T>(...words: string[]): Promise<T> {
  const { stdout } = await run([SLIPWAY, ...words, '--json'], {
    env: { SLIPWAY_ROOT: copy.installation.paths.root },
    okCodes: [0, 1, 2],
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}

beforeAll(async () => {
  copy = await privateCopy(await cachedImage());
  directory = await mkdtemp(join(tmpdir(), 'slipway-kernels-'));
  own = (await (await Catalog.open(copy.installation.paths)).find('debian-minimal')).kernel ?? '';
  // Kernels for virtual machines: the smallest.
  const flavour = process.arch === 'arm64' ? 'cloud-arm64' : 'cloud-amd64';
  const names = (await run(['apt-cache', 'pkgnames', 'linux-image-'])).stdout.split('\n');
  const versions = names.flatMap((name) => new RegExp(`^linux-image-(\\d+\\.\\d+\\.\\d.*-${flavour})$`).exec(name)?.[1] ?? []); // prettier-ignore
  const others = versions
    .filter((one) => one !== own)
    .toSorted(new Intl.Collator('en', { numeric: true }).compare);
  version = others.at(-1) ?? '';
  await run(['apt-get', 'download', `linux-image-${version}`], { cwd: directory });
  const files = await readdir(directory);
  package_ = join(directory, files.find((name) => name.endsWith('.deb')) ?? '');
}, 15 * MINUTES);
afterAll(async () => {
  await copy[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const pool = async () => await slipway<ListedKernel[]>('kernel', 'ls');

it(
  'a package and the kernel of an image get into the pool; neither has an initramfs yet',
  { timeout: 5 * MINUTES },
  async () => {
    expect(await slipway('kernel', 'add', package_)).toMatchObject([
      { version, changed: true, abilities: ['overlay', 'loop', 'squashfs', 'erofs'] },
    ]);
    expect(await slipway('kernel', 'add', '--from', 'debian-minimal')).toMatchObject([
      { version: own, changed: true },
    ]);
    const listed = await pool();
    expect(listed.map((kernel) => kernel.version).toSorted()).toEqual([own, version].toSorted());
    expect(listed.map((kernel) => kernel.initramfs)).toEqual(['missing', 'missing']);
    expect(listed.find((kernel) => kernel.version === own)?.images).not.toEqual([]);
    const { stdout } = await run([SLIPWAY, 'kernel', 'ls'], {
      env: { SLIPWAY_ROOT: copy.installation.paths.root },
    });
    expect(stdout).toContain(`vmlinuz-${version}`);
    expect(stdout).toContain(`missing initramfs-kernel-${version}`);
  },
);

it(
  'the dracut of this host makes an initramfs, with nothing of the host in it that is nobody’s business',
  { timeout: 5 * MINUTES },
  async () => {
    expect(await slipway('kernel', 'initramfs', own, '--modules', 'virtio_blk')).toMatchObject({
      initramfs: { from: 'this host', modules: ['virtio_blk'] },
    });
    expect((await pool()).find((kernel) => kernel.version === own)).toMatchObject({ initramfs: 'present' });
    const [file] = (await readdir(join(copy.installation.paths.kernels, own))).filter((name) =>
      name.startsWith('initramfs-'),
    );
    const list = await run(['lsinitrd', join(copy.installation.paths.kernels, own, file ?? '')]);
    expect(list.stdout).toContain(`usr/lib/modules/${own}/kernel/`);
    expect(list.stdout).not.toMatch(/etc\/(shadow|ssh|hostname|fstab|crypttab)|root\/\.ssh|ssh_host/);
    // It is taken for an image that has this kernel's modules and wants no other module loaded.
    expect(await slipway('image', 'set-kernel', 'debian-minimal', own)).toMatchObject({ changed: false });
  },
);

it('a recipe takes a kernel of the pool', { timeout: 10 * MINUTES }, async () => {
  const recipe = join(directory, 'pooled.yml');
  await writeFile(
    recipe,
    `name: pooled\nfrom: debian-minimal\nsteps:\n  - kernel: { pool: "${version}", arguments: [quiet] }\n`,
  );
  const built = await slipway<Built>('build', recipe);
  expect(built).toMatchObject({ event: 'built', cached: false });
  const { config } = await (await Catalog.open(copy.installation.paths)).resolve('pooled');
  expect(config.kernel).toEqual({ version, arguments: ['quiet'], modules: [] });
  expect(config.layers.at(-1)?.title).toBe(`kernel ${version} of the pool`);
  expect(await slipway<Built>('build', recipe)).toMatchObject({ cached: true });
  const other = join(directory, 'unknown.yml');
  await writeFile(other, 'name: unknown\nfrom: debian-minimal\nsteps:\n  - kernel: { pool: 6.0.0-none }\n');
  expect(await slipway('build', other)).toMatchObject({ code: 'kernels/unknown', where: { line: 4 } });
});

it(
  'an image boots with another kernel, and its modules load; the generation before is as it was',
  { timeout: 15 * MINUTES },
  async () => {
    const catalog = await Catalog.open(copy.installation.paths);
    const before = await catalog.resolve('debian-minimal');
    const set = await slipway<KernelSet>('image', 'set-kernel', 'debian-minimal', version);
    expect(set).toMatchObject({ changed: true, before: own, after: version, layer: true, initramfs: 'made' });
    const ref = `debian-minimal:${set.image.generation}`;
    const checks = [`test "$(uname -r)" = "${version}"`, 'modprobe dummy && test -d /sys/module/dummy'];
    const tested = await slipway<Tested>(
      'image',
      'test',
      ref,
      '--memory',
      '1G',
      '--timeout',
      '600',
      ...checks.flatMap((check) => ['--check', check]),
    );
    expect(tested).toMatchObject({ event: 'tested', result: 'pass' });
    expect((await catalog.resolve(before.generation.digest)).manifest).toEqual(before.manifest);
  },
);
