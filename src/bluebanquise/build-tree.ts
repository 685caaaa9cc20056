/** Makes a generation of the content of an image as it is. */
import { build } from '../build/build.ts';
import type { Catalog } from '../image/catalog.ts';
import { addKernels } from '../kernels/add.ts';
import { findModules, findVmlinuz } from '../kernels/find.ts';
import { KernelPool } from '../kernels/pool.ts';
import type { Installation } from '../system/config.ts';
import { task, type Built, type Sink } from '../system/events.ts';
import { workDirectory } from '../system/workdir.ts';
import type { FoundImage } from './images.ts';
import { livenetTree } from './livenet-tree.ts';
import { treeRecipe } from './tree-recipe.ts';

interface Context {
  installation: Installation;
  catalog: Catalog;
  sink: Sink;
  signal?: AbortSignal;
}

/**
 * @param vmlinuz file of the image's kernel, if the installation has it: with the modules of the tree it goes into the pool
 * @returns the generation, and the kernel that was added for it
 */
export async function buildImage(
  image: FoundImage,
  vmlinuz: string | undefined,
  context: Context,
): Promise<{ built: Built; kernel?: string }> {
  const { installation, sink, signal } = context;
  await using work = await workDirectory(installation.paths, 'bluebanquise');
  const tree = await task(sink, `content of ${image.source}`, async ({ id }) => {
    if (!image.tree) throw new Error('an image without content');
    if ('directory' in image.tree) return image.tree.directory;
    return await livenetTree(image.tree.squashfs, work.path, { sink, id, signal });
  });
  const { kernel, added } = await kernelOf(image, tree, vmlinuz, context);
  if (kernel === undefined)
    sink({
      event: 'notice',
      level: 'warning',
      message: `${image.name} has no kernel: neither the pool nor its tree has ${image.written.kernel ?? 'one'}. Add it with its modules, then: slipway image set-kernel ${image.name}`,
    });
  const built = await build(installation, treeRecipe(image, tree, kernel), { sink, signal });
  return { built, ...(added && { kernel: image.written.kernel }) };
}

/** From the pool; else into it, if the tree has the modules; else as the tree has it. */
async function kernelOf(
  image: FoundImage,
  tree: string,
  vmlinuz: string | undefined,
  { installation, catalog, sink, signal }: Context,
): Promise<{ kernel?: 'pool' | 'tree'; added: boolean }> {
  const version = image.written.kernel ?? '';
  if (await new KernelPool(installation.paths).has(version)) return { kernel: 'pool', added: false };
  const modules = await findModules(tree, version);
  if (modules === undefined) return { added: false };
  if (vmlinuz !== undefined) {
    await addKernels([vmlinuz], { modules }, catalog, { installation, sink, signal });
    return { kernel: 'pool', added: true };
  }
  return (await findVmlinuz(tree, version)) === undefined
    ? { added: false }
    : { kernel: 'tree', added: false };
}
