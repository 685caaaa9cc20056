/** What a menu may offer: kernels that would boot. */
import { access } from 'node:fs/promises';
import type { Catalog } from '../image/catalog.ts';
import type { ImageConfig } from '../image/types.ts';
import { TOOLS } from '../initramfs/dracut-command.ts';
import { listKernels, type ListedKernel } from './list.ts';

/**
 * Kernels of the pool that have an initramfs or for which one can be made: from the tree of `image`, or
 * without one by this host. Others are left out (defect 16 of disklessset: it offered them).
 */
export async function offerable(
  catalog: Catalog,
  image?: Pick<ImageConfig, 'architecture'>,
): Promise<ListedKernel[]> {
  const architecture = image?.architecture ?? (process.arch === 'arm64' ? 'arm64' : 'amd64');
  const canMake = image !== undefined || (await hostTools());
  return (await listKernels(catalog.paths, catalog)).filter(
    (kernel) =>
      kernel.problem === undefined &&
      kernel.architecture === architecture &&
      (kernel.initramfs === 'present' || canMake),
  );
}

async function hostTools(): Promise<boolean> {
  const found = await Promise.all(TOOLS.map(async (tool) => await Promise.any(['/usr/bin', '/usr/sbin'].map(async (directory) => await access(`${directory}/${tool}`))).then(() => true, () => false))); // prettier-ignore
  return found.every(Boolean);
}
