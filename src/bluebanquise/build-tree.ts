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
import { livenetContent } from './livenet-tree.ts';
import { treeRecipe, type TreeSource } from './tree-recipe.ts';

interface Context {
  installation: Installation;
  catalog: Catalog;
  sink: Sink;
  signal?: AbortSignal;
}

/** A tree to build from, and what it has of the image's kernel. */
interface Content {
  source: TreeSource;
  modules?: string;
  /** Kernel and modules are in it. */
  whole: boolean;
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
  const content = await task(
    sink,
    `content of ${image.source}`,
    async ({ id }) => await contentOf(image, work.path, { sink, id, signal }),
  );
  const { kernel, added } = await kernelOf(image, content, vmlinuz, context);
  if (kernel === undefined)
    sink({
      event: 'notice',
      level: 'warning',
      message: `${image.name} has no kernel: neither the pool nor its tree has ${image.written.kernel ?? 'one'}. Add it with its modules, then: slipway image set-kernel ${image.name}`,
    });
  const built = await build(installation, treeRecipe(image, content.source, kernel), { sink, signal });
  return { built, ...(added && { kernel: image.written.kernel }) };
}

async function contentOf(
  { tree, written }: FoundImage,
  work: string,
  options: { sink: Sink; id: string; signal?: AbortSignal },
): Promise<Content> {
  const version = written.kernel ?? '';
  if (!tree) throw new Error('an image without content');
  if ('squashfs' in tree) {
    const { archive, ...rest } = await livenetContent(tree.squashfs, work, version, options);
    return { source: { archive: { path: archive } }, ...rest };
  }
  const modules = await findModules(tree.directory, version);
  const whole = modules !== undefined && (await findVmlinuz(tree.directory, version)) !== undefined;
  return { source: { directory: { path: tree.directory } }, modules, whole };
}

/** From the pool; else into it, if the tree has the modules; else as the tree has it. */
async function kernelOf(
  image: FoundImage,
  { modules, whole }: Content,
  vmlinuz: string | undefined,
  { installation, catalog, sink, signal }: Context,
): Promise<{ kernel?: 'pool' | 'tree'; added: boolean }> {
  const version = image.written.kernel ?? '';
  if (await new KernelPool(installation.paths).has(version)) return { kernel: 'pool', added: false };
  if (modules !== undefined && vmlinuz !== undefined) {
    await addKernels([vmlinuz], { modules }, catalog, { installation, sink, signal });
    return { kernel: 'pool', added: true };
  }
  return whole ? { kernel: 'tree', added: false } : { added: false };
}
