/** Installs and removes packages in a tree by the host's dnf. */
import { lstat, readdir, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import { toolOptions, type WorkContext } from '../context.ts';
import type { InstallRequest } from '../packages/manager.ts';
import { toHost, toTree } from './database.ts';
import type { Dnf } from './dnf.ts';
import { rpmSpec } from './spec.ts';

/** Removes first: what is to go may stand in the way of what is to come. */
export async function dnfInstall(
  dnf: Dnf,
  sandbox: Sandbox,
  { install, remove = [], recommends = false }: InstallRequest,
  context: WorkContext,
  task: string,
): Promise<void> {
  const tools = toolOptions(context, task);
  // What systemd's kernel-install reads from 252 on; for the others see below.
  const options = { ...tools, env: { ...tools.env, KERNEL_INSTALL_BYPASS: '1' } };
  await toHost(dnf, sandbox, context, task);
  await using _ = await noBootFiles(sandbox);
  if (remove.length > 0) await dnf.change(sandbox, ['remove', ...remove.map(rpmSpec)], context, options);
  if (install.length > 0) {
    const words = [
      ...(recommends ? ['--setopt=install_weak_deps=1'] : []),
      'install',
      ...install.map(rpmSpec),
    ];
    // Downloads and checks signatures with the network; the packages' own scripts do not get it.
    const { stdout } = await dnf.fetch(sandbox, [...words, '--downloadonly'], context, options);
    if (!/^Nothing to do\.$/m.test(stdout)) await dnf.change(sandbox, words, context, options);
  }
  await listModules(sandbox, context, task);
  await toTree(dnf, sandbox, context, task);
}

/** What would make an initramfs, copy the kernel or write boot entries: Slipway does the first outside the image, and needs no other. */
const PLUGINS = [
  '20-grub.install', '20-grubby.install', '50-dracut.install', '51-dracut-rescue.install', '60-ukify.install',
  '90-loaderentry.install', '90-uki-copy.install', '95-kernel-hooks.install', '99-grub-mkconfig.install',
]; // prettier-ignore

/** Masks plugins of kernel-install(8) for a while, as an administrator does: by a link to /dev/null. */
async function noBootFiles(sandbox: Sandbox): Promise<AsyncDisposable> {
  const parents = ['/etc', '/etc/kernel', '/etc/kernel/install.d'];
  const made: string[] = [];
  for (const path of parents)
    if (!(await lstat(await sandbox.path(path)).catch(() => undefined))) made.unshift(path);
  const directory = await sandbox.makeDirectory('/etc/kernel/install.d');
  const masked: string[] = [];
  for (const name of PLUGINS) {
    if (await lstat(join(directory, name)).catch(() => undefined)) continue;
    await symlink('/dev/null', join(directory, name));
    masked.push(name);
  }
  return {
    async [Symbol.asyncDispose]() {
      for (const name of masked) {
        const file = join(await sandbox.path('/etc/kernel/install.d'), name);
        if ((await readlink(file).catch(() => '')) === '/dev/null') await rm(file);
      }
      // What a package brought meanwhile stays.
      for (const path of made) await rmdir(await sandbox.path(path)).catch(() => {});
    },
  };
}

/** Kernels whose packages left it to kernel-install to list their modules. depmod(8) */
async function listModules(sandbox: Sandbox, context: WorkContext, task: string): Promise<void> {
  const modules = await sandbox.path('/usr/lib/modules');
  for (const version of await readdir(modules).catch(() => [] as string[])) {
    const has = async (name: string) => (await lstat(join(modules, version, name)).catch(() => undefined)) !== undefined; // prettier-ignore
    if ((await has('modules.dep')) || !((await has('kernel')) || (await has('modules.order')))) continue;
    if (!/^[\w.+~-]+$/.test(version)) continue;
    await sandbox.inside(['depmod', version], toolOptions(context, task));
  }
}
