/** kernels/vmlinuz-VERSION: into the pool, with modules from where they are. */
import { join } from 'node:path';
import { findModules } from '../kernels/find.ts';
import { versionInName } from '../kernels/version.ts';
import { entriesOf } from './files.ts';
import type { FoundImage } from './images.ts';
import type { Leavings } from './left.ts';

export interface FoundKernel {
  version: string;
  /** The vmlinuz. */
  file: string;
  /** Directory of its modules, if some place is known to have them. */
  modules?: string;
}

/** @param root of this host, for tests */
export async function readKernels(
  directory: string | undefined,
  images: readonly FoundImage[],
  left: Leavings,
  root = '/',
): Promise<FoundKernel[]> {
  const found: FoundKernel[] = [];
  const trees = images.flatMap(({ tree }) => (tree && 'directory' in tree ? [tree.directory] : []));
  for (const { name, kind } of (directory && (await entriesOf(directory))) || []) {
    const version = name.startsWith('vmlinuz-') ? versionInName(name) : undefined;
    if (name.startsWith('initramfs-kernel-'))
      left.leave('initramfs', name, 'Slipway makes its own: slipway kernel initramfs');
    else if (version === undefined) left.leave('file', name, 'it is no kernel by its name');
    else if (kind !== 'file')
      left.leave(
        'kernel',
        name,
        kind === 'link'
          ? 'it is a symbolic link: slipway kernel add takes what it points to'
          : 'it is no plain file',
      );
    else
      found.push({
        version,
        file: join(directory ?? '', name),
        modules: await modulesOf(version, [root, ...trees]),
      });
  }
  return found;
}

async function modulesOf(version: string, roots: readonly string[]): Promise<string | undefined> {
  for (const root of roots) {
    const modules = await findModules(root, version).catch(() => undefined);
    if (modules !== undefined) return modules;
  }
  return undefined;
}
