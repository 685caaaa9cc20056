/** A root tree that some NFS server has becomes an image. */
import { dirname } from 'node:path';
import { build } from '../../build/build.ts';
import { checkImageName } from '../../image/reference.ts';
import { findKernels } from '../../kernels/find.ts';
import { recipeOf } from '../../recipe/of-document.ts';
import type { Installation } from '../../system/config.ts';
import type { Built, Sink } from '../../system/events.ts';
import { checkTree } from './node.ts';

const byNumbers = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

/**
 * Builds a generation of it, in order for any node: machine id, host keys, logs and caches are left out, as in each build.
 * @param directory absolute; it stays as it is
 * @param kernel version of the pool; default: the newest that the tree has, with its modules
 * @throws SlipwayError `nfs/import-directory`, and as `build`
 */
export async function importTree(
  installation: Installation,
  directory: string,
  image: string,
  { kernel, ...options }: { kernel?: string; sink: Sink; signal?: AbortSignal },
): Promise<Built> {
  checkImageName(image);
  await checkTree(directory);
  const own = (await findKernels(directory))
    .map(({ version }) => version)
    .toSorted(byNumbers)
    .at(-1);
  const step = kernel === undefined ? own && { version: own } : { pool: kernel };
  if (!step)
    options.sink({
      event: 'notice',
      level: 'warning',
      message: `${directory} has no kernel with its modules, so ${image} cannot boot: slipway image set-kernel ${image} gives it one`,
    });
  const steps = step ? [{ kernel: step }] : [];
  const document = {
    name: image,
    description: `Tree of ${directory}`,
    source: { directory: { path: directory } },
    steps,
  };
  return await build(installation, recipeOf(document, directory, dirname(directory)), options);
}
