/** `slipway image set-kernel`: another kernel for an image, as a new generation. What nodes boot from stays as it is. */
import type { Tree } from '../build/context.ts';
import { keyOf } from '../build/key.ts';
import { requireMountable } from '../build/kernel-config.ts';
import { LayerStore } from '../build/layer-store.ts';
import { diskFull } from '../system/disk-full.ts';
import { openParent } from '../build/parent.ts';
import type { Catalog } from '../image/catalog.ts';
import { derive } from '../image/derive.ts';
import type { Digest, Generation, Resolved } from '../image/types.ts';
import { makeInitramfs } from '../initramfs/make.ts';
import { follow } from '../modes/follow.ts';
import { refuseMounted } from '../mounts/record.ts';
import { task } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import { missingAbilities } from './abilities.ts';
import { openWork, type KernelContext } from './context.ts';
import { fail } from './errors.ts';
import { adoptCopy, openFiles, type KernelFiles } from './files.ts';
import { modulesLayer, withoutEarlier } from './image-layer.ts';
import { fits } from './initramfs-key.ts';

export interface KernelSet {
  /** The new generation, or the one that was named if it has this kernel already. */
  image: Generation;
  /** False: it has this kernel already. */
  changed: boolean;
  /** Kernel versions. */
  before: string | null;
  after: string;
  /** Whether a layer with modules was added; else they were in the tree. */
  layer: boolean;
  /** `pool`: the one of the pool; `made`: from the image's own tree. */
  initramfs: 'pool' | 'made' | 'kept';
}

/**
 * Gives `ref` the kernel `wanted`: a version of the pool, or an image whose kernel is taken. Kernel
 * arguments stay; modules are added as a layer where the tree does not have those of this very kernel.
 * @throws SlipwayError `kernels/…`, `image/…`, `mount/mounted`, `lock/held`, and of making the initramfs
 */
export async function setKernel(
  ref: string,
  wanted: string,
  catalog: Catalog,
  context: KernelContext,
): Promise<KernelSet> {
  const { paths } = catalog;
  const { sink, signal } = context.options;
  const { name } = await catalog.find(ref);
  using _ = await lock(paths.locks, `image-${name}`, `kernel ${wanted} for ${name}`, { signal });
  await refuseMounted(paths, name);
  const base = await catalog.resolve(ref);
  const image = `${name}:${base.generation.generation}`;
  const before = base.config.kernel?.version ?? null;
  await using files = await openFiles(wanted, catalog, context);
  const { kernel } = files;
  checkBoots(base, kernel, image);
  if (base.kernel?.digest === kernel.vmlinuz.digest && base.initramfs && before === kernel.version)
    return { image: base.generation, changed: false, before, after: kernel.version, layer: false, initramfs: 'kept' }; // prettier-ignore
  try {
    return await task(
      sink,
      `kernel ${kernel.version} for ${image}`,
      async ({ id }) => await change(base, files, image, catalog, context, id),
    );
  } catch (cause) {
    throw diskFull(cause) ? fail('no-space', { path: paths.state }, { cause }) : cause;
  }
}

/** @throws SlipwayError `kernels/cannot-boot`, `build/kernel-cannot-mount` */
export function checkBoots(
  { config }: { config: Pick<Resolved['config'], 'architecture' | 'layers'> },
  { version, architecture, abilities, config: options }: KernelFiles['kernel'],
  image: string,
): void {
  const refuse = (reason: string) => fail('cannot-boot', { image, version, reason });
  if (architecture !== config.architecture)
    throw refuse(`the kernel is for ${architecture}, the image for ${config.architecture}`);
  const missing = missingAbilities(abilities, config.layers);
  if (missing.length > 0) throw refuse(`the kernel has no ${missing.join(', no ')}`);
  if (options) requireMountable(version, new Set(options), config.layers);
}

async function change(
  whole: Resolved,
  files: KernelFiles,
  image: string,
  catalog: Catalog,
  context: KernelContext,
  id: string,
): Promise<KernelSet> {
  const { kernel } = files;
  const { version } = kernel;
  const { signal } = context.options;
  const store = new LayerStore(catalog.paths);
  const base = withoutEarlier(whole);
  const { tree, epoch } = await openParent(whole.generation.digest, catalog, store);
  const below = lowest(tree, base.config.layers.map((layer) => layer.digest)); // prettier-ignore
  using work = await openWork(context, base.generation.name, epoch);
  const { selinux } = base.config;
  const own = { tree: below, files, selinux, epoch, image };
  const layer = await modulesLayer(own, store, catalog, work, id);

  const modules = base.config.kernel?.modules ?? [];
  const pooled = await pooledInitramfs(files, modules, catalog, signal);
  const over = layer && { lower: layer.lower, key: layer.packed.digest };
  const request = { tree: below, version, modules, over, store, catalog, context: work, made: () => {} };
  const initramfs = pooled ?? (await makeInitramfs(request));
  const vmlinuz = await adoptCopy(files.vmlinuz, kernel.vmlinuz.digest, catalog, signal);
  const boot = { kernel: vmlinuz, initramfs, version };
  const made = await derive(catalog, base, { layers: layer ? [layer.packed] : [], boot }, signal);
  const { installation, options } = context;
  await follow({ installation, catalog, sink: options.sink, signal }, whole, made);
  return {
    image: made,
    changed: true,
    before: base.config.kernel?.version ?? null,
    after: version,
    layer: layer !== undefined,
    initramfs: pooled ? 'pool' : 'made',
  };
}

/** As many layers of a tree as there are digests. Its key is of these alone: the tools that dracut needs over it are found again. */
function lowest(tree: Tree, digests: readonly Digest[]): Tree {
  return { lowers: tree.lowers.slice(0, digests.length), key: keyOf('image', digests) };
}

async function pooledInitramfs(
  { kernel, initramfs }: KernelFiles,
  modules: readonly string[],
  catalog: Catalog,
  signal?: AbortSignal,
): Promise<{ digest: Digest; size: number } | undefined> {
  if (!initramfs || !kernel.initramfs || !(await fits(kernel, modules))) return undefined;
  return await adoptCopy(initramfs, kernel.initramfs.digest, catalog, signal);
}
