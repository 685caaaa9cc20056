/** What a menu may offer: kernels that would boot. */
import { access } from 'node:fs/promises';
import type { Catalog } from '../image/catalog.ts';
import type { ImageConfig } from '../image/types.ts';
import { TOOLS } from '../initramfs/dracut-command.ts';
import { SlipwayError } from '../system/errors.ts';
import { listKernels, type ListedKernel } from './list.ts';
import { KernelPool } from './pool.ts';
import { checkBoots } from './set-kernel.ts';

/** What an image says about kernels; without `layers`: one that is still to be made. */
type Wanting = Pick<ImageConfig, 'architecture'> & Partial<Pick<ImageConfig, 'layers'>>;

/**
 * Kernels of the pool that have an initramfs or for which one can be made: from the tree of `image`, or
 * without one by this host. Others are left out (defect 16 of disklessset: it offered them).
 */
export async function offerable(catalog: Catalog, image?: Wanting): Promise<ListedKernel[]> {
  const architecture = image?.architecture ?? (process.arch === 'arm64' ? 'arm64' : 'amd64');
  const canMake = image !== undefined || (await hostTools());
  const { kernels } = await new KernelPool(catalog.paths).list();
  const fitting = kernels.filter((kernel) => {
    try {
      checkBoots({ config: { architecture, layers: image?.layers ?? [] } }, kernel, '');
      return true;
    } catch (error) {
      if (error instanceof SlipwayError) return false;
      throw error;
    }
  });
  return (await listKernels(catalog.paths, catalog)).filter(
    ({ version, problem, initramfs }) =>
      problem === undefined &&
      (initramfs === 'present' || canMake) &&
      fitting.some((kernel) => kernel.version === version),
  );
}

/** Whether this host has what makes an initramfs. */
async function hostTools(): Promise<boolean> {
  const has = async (tool: string) =>
    await Promise.any(['/usr/bin', '/usr/sbin'].map((directory) => access(`${directory}/${tool}`))).then(
      () => true,
      () => false,
    );
  return (await Promise.all(TOOLS.map(has))).every(Boolean);
}
