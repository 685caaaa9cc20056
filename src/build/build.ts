/**
 * From a resolved recipe to a generation in the catalog. Layers are made one
 * after the other; each is packed while the next is made, and the initramfs is
 * made beside the steps that follow the kernel.
 */
import { announce } from '../image/building.ts';
import { Catalog } from '../image/catalog.ts';
import { measure } from '../image/measure.ts';
import { fittingSize, sizeOf } from '../image/size.ts';
import type { ImageConfig, PackedLayer } from '../image/types.ts';
import { follow } from '../modes/follow.ts';
import type { Installation } from '../system/config.ts';
import { task, type Built } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import { Sandbox } from '../system/sandbox.ts';
import { reconcileWork, workDirectory } from '../system/workdir.ts';
import type { ResolvedRecipe } from '../recipe/resolved.ts';
import type { BuildContext, BuildOptions } from './context.ts';
import { Chain } from './chain.ts';
import { buildLog } from './logs.ts';
import { installedPackages, osRelease } from './inventory.ts';
import { kernelConfig, requireMountable } from './kernel-config.ts';
import { LayerStore } from './layer-store.ts';
import { diskFull } from '../system/disk-full.ts';
import { checkLabels, requirePolicy } from './selinux/check-labels.ts';
import { withArguments } from './selinux/policy.ts';
import { fail } from './errors.ts';

/** Builds `recipe` and the recipes it stands on. Emits task events; the `built` event is returned, not emitted. @throws SlipwayError */
export async function build(
  installation: Installation,
  recipe: ResolvedRecipe,
  asked: BuildOptions,
): Promise<Built> {
  const { paths, config } = installation;
  for (const parent of recipe.parents) await build(installation, { ...parent, parents: [] }, asked);
  const start = performance.now();
  using _ = await lock(paths.locks, `image-${recipe.name}`, `build of ${recipe.name}`, {
    wait: asked.wait ?? 24 * 3_600_000,
    sink: asked.sink,
    signal: asked.signal,
  });
  using announced = announce(paths, recipe.name, asked.sink);
  const options = { ...asked, sink: announced.sink };
  if (config.autoclean) await reconcileWork(paths);
  using log = await buildLog(paths, recipe.name);
  const catalog = await Catalog.open(paths);
  const context: BuildContext = {
    installation,
    recipe,
    options,
    log,
    epoch: recipe.epoch ?? 0,
    managers: new Map(),
  };
  try {
    await using chain = await Chain.build(context, catalog);
    const before = await catalog.resolve(recipe.name).catch(() => undefined);
    const image = await assemble(chain, context, catalog);
    const { sink, signal } = options;
    if (image.digest !== before?.generation.digest)
      await follow({ installation, catalog, sink, signal }, before, image);
    const seconds = Math.round(performance.now() - start) / 1000;
    return {
      event: 'built', image: image.name, generation: image.generation, digest: image.digest,
      cached: chain.cached, seconds, bytes: image.bytes,
    }; // prettier-ignore
  } catch (error) {
    throw diskFull(error) && !(error as Error).message.startsWith('No space')
      ? fail('disk-full', { path: paths.state }, { cause: error })
      : error;
  }
}

/** Collects what the chain made, and publishes it. */
async function assemble(chain: Chain, context: BuildContext, catalog: Catalog) {
  const { recipe, options } = context;
  const [layers, boot] = await Promise.all([chain.packed(), chain.boot()]);
  const inventory = await new LayerStore(context.installation.paths).recall(
    chain.tree,
    'inventory',
    { form: 1, layers, kernel: boot?.version, selinux: context.selinux },
    async () => await readTree(chain, context, layers, boot?.version),
    options.noCache,
  );
  const sized = await sizeRoot(layers, context, catalog);
  const config: ImageConfig = {
    name: recipe.name,
    ...(recipe.description ? { description: recipe.description } : {}),
    ...(context.selinux ? { selinux: context.selinux } : {}),
    os: 'linux',
    architecture: chain.architecture,
    date: new Date(context.epoch * 1000).toISOString().replace('.000', ''),
    layers,
    ...(boot
      ? {
          kernel: {
            version: boot.version,
            arguments: withArguments(boot.arguments, context.selinux),
            modules: boot.modules,
          },
        }
      : {}),
    ...inventory,
    ...sized,
    ...(chain.parent ? { parent: chain.parent } : {}),
  };
  return await task(
    options.sink,
    'publish',
    async () =>
      await catalog.publish(
        { config, kernel: boot?.kernel, initramfs: boot?.initramfs },
        { signal: options.signal },
      ),
  );
}

/** The size that the recipe asks for, if the content fits into it. @throws SlipwayError `image/too-small` */
async function sizeRoot(
  layers: readonly PackedLayer[],
  { recipe, options: { sink, signal } }: BuildContext,
  catalog: Catalog,
): Promise<Pick<ImageConfig, 'size' | 'used'>> {
  if (recipe.size === undefined) return {};
  const wanted = sizeOf(recipe.size);
  return await task(sink, `size ${recipe.size}`, async ({ end }) => {
    const content = await measure(catalog, layers, { signal });
    const size = fittingSize(content, wanted, recipe.name);
    end.detail = `${size / 2 ** 20} MiB, ${Math.ceil(content.bytes / 2 ** 20)} of them used`;
    return { size, used: content.bytes };
  });
}

/** A last look at the tree: what is in it, and whether a node can use it. */
async function readTree(
  chain: Chain,
  context: BuildContext,
  layers: readonly PackedLayer[],
  kernel?: string,
): Promise<Pick<ImageConfig, 'packages' | 'system'>> {
  const { paths } = context.installation;
  await using work = await workDirectory(paths, 'inventory');
  await using sandbox = await Sandbox.open(paths, work.path, chain.tree.lowers, false);
  const config = kernel === undefined ? undefined : await kernelConfig(sandbox.root, kernel);
  if (kernel !== undefined && config) requireMountable(kernel, config, layers);
  if (context.selinux) {
    await requirePolicy(sandbox.root, context.selinux);
    await checkLabels(sandbox, context.options.signal);
  }
  return { packages: await installedPackages(paths, sandbox), system: await osRelease(sandbox.root) };
}
