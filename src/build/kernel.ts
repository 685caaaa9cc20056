import { lstat, readdir } from 'node:fs/promises';
import type { Sandbox } from '../system/sandbox.ts';

export interface FoundKernel {
  /** As `uname -r` will say. */
  version: string;
  /** Path inside the image. */
  path: string;
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

async function isFile(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isFile() ?? false;
}
