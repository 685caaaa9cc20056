/** Kernels and modules in a root tree: this host's, an image's, one that packages were unpacked to. */
import { lstat, readdir } from 'node:fs/promises';
import { resolveInRoot } from '../system/in-root.ts';
import { isFile } from './modules.ts';
import { isVersion } from './version.ts';

export interface FoundKernel {
  /** Name of the directory of modules. */
  version: string;
  /** Host paths, with no symbolic link in them. */
  vmlinuz: string;
  modules: string;
  /** The kernel's configuration, where there is one. */
  config?: string;
}

/** The directory of modules of `version` below `root`, if there is one. */
export async function findModules(root: string, version: string): Promise<string | undefined> {
  for (const place of [`/usr/lib/modules/${version}`, `/lib/modules/${version}`]) {
    const path = await resolveInRoot(root, place);
    if ((await lstat(path).catch(() => undefined))?.isDirectory()) return path;
  }
  return undefined;
}

/** The kernel image of `version` below `root`, if there is one. */
export async function findVmlinuz(root: string, version: string): Promise<string | undefined> {
  for (const place of [
    `/boot/vmlinuz-${version}`,
    `/usr/lib/modules/${version}/vmlinuz`,
    `/lib/modules/${version}/vmlinuz`,
    `/boot/Image-${version}`,
    `/usr/lib/modules/${version}/Image`,
  ]) {
    const path = await resolveInRoot(root, place);
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** The configuration of the kernel `version` below `root`, if there is one. */
export async function findConfig(root: string, version: string): Promise<string | undefined> {
  for (const place of [
    `/usr/lib/modules/${version}/config`,
    `/lib/modules/${version}/config`,
    `/boot/config-${version}`,
  ]) {
    const path = await resolveInRoot(root, place);
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** Every version that has both, sorted. */
export async function findKernels(root: string): Promise<FoundKernel[]> {
  const versions = new Set<string>();
  for (const place of ['/usr/lib/modules', '/lib/modules'])
    for (const name of await readdir(await resolveInRoot(root, place)).catch(() => [] as string[]))
      if (isVersion(name)) versions.add(name);
  const found: FoundKernel[] = [];
  for (const version of [...versions].toSorted()) {
    const [modules, vmlinuz] = [await findModules(root, version), await findVmlinuz(root, version)];
    if (modules && vmlinuz)
      found.push({ version, vmlinuz, modules, config: await findConfig(root, version) });
  }
  return found;
}
