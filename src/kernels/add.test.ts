import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeKernel, fakeModule, fakeModules } from '../../test/support/kernel.ts';
import { PoolTrial } from '../../test/support/kernel-pool.ts';
import { run } from '../system/process.ts';

const V = '6.1.0-9-amd64';
let trial: PoolTrial;
beforeEach(async () => void (trial = await PoolTrial.open()));
afterEach(async () => await trial[Symbol.asyncDispose]());

const code = async (work: Promise<unknown>) =>
  await work.then(
    () => 'added',
    (error: { code?: string }) => error.code ?? error,
  );
const packed = async (version = V) =>
  (await run(['unsquashfs', '-lc', trial.pool.modules({ version })])).stdout;
/** Nothing is left of what failed. */
async function nothingLeft(): Promise<void> {
  const { paths } = trial.installation;
  expect(await readdir(paths.kernels).catch(() => [])).toEqual([]);
  expect((await readdir(paths.work).catch(() => [])).filter((name) => name !== 'locks')).toEqual([]);
}

describe('from this host', () => {
  it('takes vmlinuz and modules; depmod is run where nobody has; links of packages stay away', async () => {
    const root = await trial.host('host', V);
    const [{ kernel, added } = { kernel: undefined, added: false }] = await trial.add([V], { root });
    expect(added).toBe(true);
    expect(kernel).toMatchObject({
      version: V,
      architecture: 'amd64',
      from: 'this host',
      abilities: ['overlay', 'loop', 'squashfs'],
    });
    expect(await readFile(trial.pool.vmlinuz({ version: V }))).toEqual(fakeKernel(V));
    const files = await packed();
    expect(files).toContain(`usr/lib/modules/${V}/kernel/fs/overlay.ko`);
    expect(files).toContain(`usr/lib/modules/${V}/modules.dep`);
    expect(files).not.toContain('/build');
    expect(files).not.toContain('squashfs-root/lib');
  });

  it('the same again changes nothing; another build of the same version is refused', async () => {
    const root = await trial.host('host', V);
    await trial.add([V], { root });
    expect(await trial.add([V], { root })).toMatchObject([{ added: false }]);
    const other = await trial.host('other', V, { build: 'rebuilt' });
    expect(await code(trial.add([V], { root: other }))).toBe('kernels/different');
    expect(await readFile(trial.pool.vmlinuz({ version: V }))).toEqual(fakeKernel(V));
  });

  it('the same kernel gives the same bytes', async () => {
    const root = await trial.host('host', V);
    const [first] = await trial.add([V], { root });
    const { removeKernel } = await import('./remove.ts');
    await removeKernel(V, trial.catalog);
    const [second] = await trial.add([V], { root });
    expect(second?.kernel.modules.digest).toBe(first?.kernel.modules.digest);
  });

  it.each([['../../etc'], ['/etc'], ['no such image'], ['6.9.9-none']])('%j is an error', async (word) => {
    const root = await trial.host('host', V);
    expect(await code(trial.add([word], { root }))).toMatch(/^kernels\//);
    await nothingLeft();
  });

  it('refuses a vmlinuz that leads to another file, and modules of another kernel', async () => {
    const root = await trial.host('host', V);
    await rm(join(root, `boot/vmlinuz-${V}`));
    await symlink('/etc/shadow', join(root, `boot/vmlinuz-${V}`));
    expect(await code(trial.add([V], { root }))).toBe('kernels/not-found');
    await rm(join(root, `boot/vmlinuz-${V}`));
    await writeFile(join(root, `boot/vmlinuz-${V}`), 'a text, '.repeat(2000));
    expect(await code(trial.add([V], { root }))).toBe('kernels/not-a-kernel');
    await writeFile(join(root, `boot/vmlinuz-${V}`), fakeKernel('5.0.0'));
    expect(await code(trial.add([V], { root }))).toBe('kernels/other-version');
    await nothingLeft();
  });
});

describe('from a file', () => {
  const file = async (name = `vmlinuz-${V}`, content = fakeKernel(V)) => await trial.write(name, content);

  it('the header tells the version, not the name; modules are those that are named', async () => {
    const modules = await fakeModules(join(trial.directory, 'm'), V);
    await trial.add([await file('vmlinuz-9.9.9')], { modules });
    await trial.pool.find(V);
  });

  it.each(['.', 'usr/lib/modules', `usr/lib/modules/${V}`])(
    'modules stand in %s of what is named',
    async (below) => {
      await fakeModules(join(trial.directory, 'm'), V);
      await trial.add([await file()], { modules: join(trial.directory, 'm', below) });
      await trial.pool.find(V);
    },
  );

  it('a version that is given must be that of the header; without one it is needed', async () => {
    const modules = await fakeModules(join(trial.directory, 'm'), V);
    expect(await code(trial.add([await file()], { modules, version: '5.0.0' }))).toBe(
      'kernels/other-version',
    );
    const arm = Buffer.alloc(8192);
    arm.write('ARM\x64', 0x38, 'latin1');
    expect(await code(trial.add([await file('Image', arm)], { modules }))).toBe('kernels/no-version');
    expect(await code(trial.add([await file('Image', arm)], { modules, version: '../x' }))).toBe(
      'kernels/bad-version',
    );
    expect(await trial.add([await file('Image', arm)], { modules, version: V })).toMatchObject([
      { kernel: { architecture: 'arm64' } },
    ]);
  });

  it('without modules it is refused: they are asked for, and searched on the host and in images with this very kernel', async () => {
    const root = join(trial.directory, 'empty');
    expect(await code(trial.add([await file()], { root }))).toBe('kernels/no-modules');
    expect(await code(trial.add([await file()], { root, modules: root }))).toBe('kernels/no-modules');
    await fakeModules(join(trial.directory, 'tree'), V);
    const other = { kernel: { version: V, arguments: [], modules: [] } };
    await trial.image('unlike', join(trial.directory, 'tree'), other);
    expect(await code(trial.add([await file()], { root }))).toBe('kernels/no-modules');
    const tree = await trial.catalog.resolve('unlike');
    const kernel = await trial.catalog.putBlob(fakeKernel(V));
    await trial.catalog.publish({ config: { ...tree.config, name: 'like' }, kernel });
    await trial.add([await file()], { root });
    expect(await trial.pool.find(V)).toMatchObject({
      from: `file vmlinuz-${V}`,
      vmlinuz: { digest: kernel.digest },
    });
  });

  it('those that were copied into the directory of the pool are taken without a word, and go', async () => {
    const { kernels } = trial.installation.paths;
    expect(await code(trial.add([]))).toBe('kernels/nothing-to-add');
    await mkdir(kernels, { recursive: true });
    await writeFile(join(kernels, `vmlinuz-${V}`), fakeKernel(V));
    await fakeModules(join(trial.directory, 'host'), V);
    await trial.add([], { root: join(trial.directory, 'host') });
    expect(await readdir(kernels)).toEqual([V]);
  });

  it('modules that are links to files of the host are not followed; what is no file is refused', async () => {
    const modules = await fakeModules(join(trial.directory, 'm'), V);
    await symlink('/etc/shadow', join(modules, 'kernel/stolen.ko'));
    await symlink('/etc', join(modules, 'kernel/etc'));
    await trial.add([await file()], { modules });
    const files = await packed();
    expect(files).not.toMatch(/stolen|etc/);
    expect(trial.events).toContainEqual(
      expect.objectContaining({ event: 'notice', message: expect.stringContaining('kernel/etc') as string }),
    );
    await run(['mkfifo', join(modules, 'kernel/pipe.ko')]);
    const { removeKernel } = await import('./remove.ts');
    await removeKernel(V, trial.catalog);
    expect(await code(trial.add([await file()], { modules }))).toBe('kernels/bad-modules');
    await nothingLeft();
  });

  it('modules of another kernel are refused, and what is no module', async () => {
    const modules = await fakeModules(join(trial.directory, 'm'), V);
    await writeFile(join(modules, 'kernel/aaa.ko'), fakeModule('aaa', '5.0.0-other'));
    await expect(trial.add([await file()], { modules })).rejects.toMatchObject({
      code: 'kernels/bad-modules',
      message: expect.stringContaining('5.0.0-other') as string,
    });
    await writeFile(join(modules, 'kernel/aaa.ko'), 'no module at all');
    expect(await code(trial.add([await file()], { modules }))).toBe('kernels/bad-modules');
    await nothingLeft();
  });
});

describe('from packages', () => {
  /** A package with the content of `tree`. */
  async function deb(name: string, tree: string): Promise<string> {
    await mkdir(join(tree, 'DEBIAN'), { recursive: true });
    await writeFile(
      join(tree, 'DEBIAN/control'),
      `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: a\nDescription: a\n`,
    );
    const evil = '#!/bin/sh\ntouch /tmp/slipway-preinst-was-run\n';
    await writeFile(join(tree, 'DEBIAN/preinst'), evil, { mode: 0o755 });
    await run([
      'dpkg-deb',
      '--root-owner-group',
      '--build',
      '-Znone',
      tree,
      join(trial.directory, `${name}.deb`),
    ]);
    return join(trial.directory, `${name}.deb`);
  }

  async function rpm(name: string, tree: string): Promise<string> {
    const spec = await trial.write(
      `${name}.spec`,
      `Name: ${name}\nVersion: 1\nRelease: 1\nSummary: a\nLicense: a\nBuildArch: noarch\n%description\na\n%install\nmkdir -p %{buildroot}\ncp -a ${tree}/. %{buildroot}/\n%files\n/lib\n`,
    );
    const define = ['_topdir', '_rpmdir'].flatMap((key) => ['--define', `${key} ${trial.directory}/rpm`]);
    await run([
      'rpmbuild',
      '-bb',
      '--nodeps',
      '--quiet',
      ...define,
      '--define',
      '__os_install_post %{nil}',
      spec,
    ]);
    return join(trial.directory, `rpm/noarch/${name}-1-1.noarch.rpm`);
  }

  it('.deb: kernel and modules in one; its scripts are not run', async () => {
    const tree = join(trial.directory, 'deb');
    await fakeModules(tree, V);
    await mkdir(join(tree, 'boot'));
    await writeFile(join(tree, `boot/vmlinuz-${V}`), fakeKernel(V));
    const added = await trial.add([await deb('linux-image', tree)]);
    expect(added).toMatchObject([{ added: true, kernel: { version: V, from: 'package linux-image.deb' } }]);
    expect(await readdir('/tmp')).not.toContain('slipway-preinst-was-run');
  });

  it('.rpm: kernel and modules in several, of which one alone is not enough', async () => {
    const [core, modules] = [join(trial.directory, 'core'), join(trial.directory, 'mods')];
    const at = join(core, 'lib/modules', V);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'vmlinuz'), fakeKernel(V));
    await fakeModules(modules, V);
    await run(['mv', join(modules, 'usr/lib'), join(modules, 'lib')]);
    const packages = [await rpm('kernel-core', core), await rpm('kernel-modules', modules)];
    expect(await code(trial.add([packages[1] ?? '']))).toBe('kernels/bad-package');
    await nothingLeft();
    expect(await trial.add(packages)).toMatchObject([{ kernel: { version: V } }]);
    expect(await packed()).toContain('kernel/fs/overlay.ko');
  });

  it('what leads out of a package, or is none, is refused and leaves nothing', async () => {
    const text = await trial.write('text.deb', 'no package');
    expect(await code(trial.add([text]))).toBe('kernels/bad-package');
    expect(await code(trial.add([await trial.write('text.rpm', 'no package')]))).toBe('kernels/bad-package');
    expect(await code(trial.add([join(trial.directory, 'none.deb')]))).toBe('kernels/not-found');
    // A directory of modules that is a link to this host's files, a vmlinuz that is one, and both behind `..`.
    const tree = join(trial.directory, 'hostile');
    await mkdir(join(tree, 'usr/lib/modules'), { recursive: true });
    await mkdir(join(tree, 'boot'));
    await symlink('/etc', join(tree, 'usr/lib/modules', V));
    await symlink('/etc/shadow', join(tree, `boot/vmlinuz-${V}`));
    expect(await code(trial.add([await deb('links', tree)]))).toBe('kernels/bad-package');
    await nothingLeft();
  });

  it('a member that wants to be written elsewhere stays inside or is refused', async () => {
    const data = join(trial.directory, 'data');
    await mkdir(data);
    const victim = await trial.write('victim', 'whole');
    await writeFile(join(data, 'evil'), 'written');
    const tar = join(trial.directory, 'data.tar');
    await run([
      'tar',
      '--create',
      '--absolute-names',
      `--file=${tar}`,
      `--transform=s,^${data}/evil,../../../../../../../../../..${victim},`,
      `${data}/evil`,
    ]);
    const control = join(trial.directory, 'control.tar');
    await writeFile(
      join(data, 'control'),
      'Package: x\nVersion: 1\nArchitecture: amd64\nMaintainer: a\nDescription: a\n',
    );
    await run(['tar', '--create', `--file=${control}`, `--directory=${data}`, './control']);
    await writeFile(join(data, 'debian-binary'), '2.0\n');
    const package_ = join(trial.directory, 'evil.deb');
    await run(['ar', 'rc', package_, join(data, 'debian-binary'), control, tar]);
    expect(await code(trial.add([package_]))).toBe('kernels/bad-package');
    expect(await readFile(victim, 'utf8')).toBe('whole');
    await nothingLeft();
  });
});

describe('from an image', () => {
  it('takes the kernel that it boots, with the modules of its tree', async () => {
    const tree = join(trial.directory, 'tree');
    await fakeModules(tree, V);
    await trial.image('base', tree, { kernel: { version: V, arguments: [], modules: [] } });
    const { config } = await trial.catalog.resolve('base');
    const kernel = await trial.catalog.putBlob(fakeKernel(V));
    await trial.catalog.publish({ config, kernel, initramfs: await trial.catalog.putBlob('i') });
    await trial.add([], { from: 'base' });
    expect(await trial.pool.find(V)).toMatchObject({ from: 'image base:2' });
    expect(await trial.add(['base:2'])).toMatchObject([{ added: false }]);
    expect(await code(trial.add(['base:1']))).toBe('kernels/not-a-kernel');
  });

  it('is not led out of a tree whose modules are a link', async () => {
    const tree = join(trial.directory, 'tree');
    await mkdir(join(tree, 'usr/lib'), { recursive: true });
    await symlink('/../../../../../../../../lib/modules', join(tree, 'usr/lib/modules'));
    await symlink('/etc', join(tree, 'lib'));
    await trial.image('hostile', tree, { kernel: { version: V, arguments: [], modules: [] } });
    expect(await code(trial.add([], { from: 'hostile' }))).toBe('kernels/no-modules');
    await nothingLeft();
  });
});
