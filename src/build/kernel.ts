import { lstat, readdir } from 'node:fs/promises';
import type { InsideOptions, Sandbox } from '../system/sandbox.ts';
import { fail } from './errors.ts';

export interface FoundKernel {
  /** As `uname -r` will say. */
  version: string;
  /** Path inside the image. */
  path: string;
}

/**
 * Has depmod of the image list the modules of kernels whose packages left that to a hook which did not run.
 * @throws SlipwayError `build/no-tool`
 */
export async function completeModules(sandbox: Sandbox, options: InsideOptions): Promise<void> {
  for (const legacy of ['/usr/lib/modules', '/lib/modules']) {
    const directory = await sandbox.path(legacy);
    for (const version of (await readdir(directory).catch(() => [] as string[])).toSorted()) {
      if (!(await isDirectory(`${directory}/${version}/kernel`))) continue;
      if (await isFile(`${directory}/${version}/modules.dep`)) continue;
      if (!(await hasDepmod(sandbox)))
        throw fail('no-tool', { tool: 'depmod', step: 'kernel', package: 'kmod' });
      await sandbox.inside(['depmod', version], options);
    }
  }
}

async function hasDepmod(sandbox: Sandbox): Promise<boolean> {
  for (const path of ['/usr/sbin/depmod', '/sbin/depmod', '/usr/bin/depmod', '/bin/depmod'])
    if (await isFile(await sandbox.path(path))) return true;
  return false;
}

/** Kernels of a tree that have both an image and modules, sorted by version. */
export async function findKernels(sandbox: Sandbox): Promise<FoundKernel[]> {
  const found: FoundKernel[] = [];
  const modules = await sandbox.path('/usr/lib/modules');
  const legacy = await sandbox.path('/lib/modules');
  for (const directory of new Set([modules, legacy]))
    for (const version of (await readdir(directory).catch(() => [] as string[])).toSorted()) {
      if (!(await isFile(`${directory}/${version}/modules.dep`))) continue;
      for (const path of [
        `/boot/vmlinuz-${version}`,
        `/usr/lib/modules/${version}/vmlinuz`,
        `/lib/modules/${version}/vmlinuz`,
      ])
        if (await isFile(await sandbox.path(path))) {
          if (!found.some((k) => k.version === version)) found.push({ version, path });
          break;
        }
    }
  return found;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
}

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false;
}
