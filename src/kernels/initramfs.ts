/** `slipway kernel initramfs`: an initramfs for a kernel of the pool, made from an image's tree or by this host's dracut. */
import { LayerStore } from '../build/layer-store.ts';
import { openParent } from '../build/parent.ts';
import type { WorkContext } from '../build/context.ts';
import { diskFull } from '../system/disk-full.ts';
import type { Catalog } from '../image/catalog.ts';
import { makeInitramfs } from '../initramfs/make.ts';
import { requireTools, runDracut } from '../initramfs/run-dracut.ts';
import { SlipwayError } from '../system/errors.ts';
import { task } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import { Sandbox, type Lower, type Writable } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { openWork, type KernelContext } from './context.ts';
import type { PoolKernel } from './entry.ts';
import { fail } from './errors.ts';
import { initramfsKey } from './initramfs-key.ts';
import { pooledFiles, type KernelFiles } from './files.ts';
import { modulesPlace, overlaid } from './layer.ts';
import { KernelPool } from './pool.ts';

export interface InitramfsOptions {
  /** The image whose tree gives systemd, dracut and all else. Default: this host. */
  image?: string;
  /** Kernel modules to have and to load. */
  modules?: readonly string[];
}

/** Names of modules, separated by commas. @throws SlipwayError `kernels/bad-module` */
export function moduleNames(text = ''): string[] {
  const names = text.split(',').filter(Boolean);
  for (const name of names)
    if (!/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(name)) throw fail('bad-module', { name: JSON.stringify(name) });
  return names;
}

type Blob = Awaited<ReturnType<typeof runDracut>>;

/** @throws SlipwayError `kernels/…`, `initramfs/…`, `build/…`, `lock/held` */
export async function poolInitramfs(
  version: string,
  options: InitramfsOptions,
  catalog: Catalog,
  context: KernelContext,
): Promise<PoolKernel> {
  const pool = new KernelPool(catalog.paths);
  const { image, modules = [] } = options;
  const { signal } = context.options;
  const name = image === undefined ? undefined : (await catalog.find(image)).name;
  // In the same order as set-kernel takes them.
  using held = new DisposableStack();
  if (name !== undefined)
    held.use(
      await lock(catalog.paths.locks, `image-${name}`, `initramfs for ${version} from ${name}`, { signal }),
    );
  if (!(await pool.has(version))) throw await pool.unknown(version);
  held.use(await pool.lock(version, `initramfs for ${version}`, signal));
  const kernel = await pool.find(version);
  const files = pooledFiles(pool, kernel);
  try {
    const { from, blob } =
      image === undefined
        ? { from: 'this host', blob: await fromHost(files, modules, catalog, context) }
        : await fromImage(image, files, modules, catalog, context);
    const key = await initramfsKey(kernel, modules);
    const made = new Date().toISOString();
    return await pool.setInitramfs(
      version,
      { ...blob, made, from, modules: [...modules], key },
      catalog.blobPath(blob.digest),
    );
  } catch (cause) {
    throw diskFull(cause) ? fail('no-space', { path: pool.paths.kernels }, { cause }) : cause;
  }
}

async function fromImage(
  ref: string,
  files: KernelFiles,
  modules: readonly string[],
  catalog: Catalog,
  context: KernelContext,
): Promise<{ from: string; blob: Blob }> {
  const { paths } = catalog;
  const generation = await catalog.find(ref);
  const image = `${generation.name}:${generation.generation}`;
  const store = new LayerStore(paths);
  const { tree, architecture, epoch } = await openParent(generation.digest, catalog, store);
  checkArchitecture(files.kernel, architecture, image);
  using work = await openWork(context, generation.name, epoch);
  const over = await withTree(paths, tree.lowers, false, async (sandbox) => {
    return await overlaid(sandbox, { tree, files, selinux: undefined, epoch, image }, store, work, '');
  });
  const { version } = files.kernel;
  const blob = await makeInitramfs({
    tree,
    version,
    modules,
    over,
    store,
    catalog,
    context: work,
    made: () => {},
  });
  return { from: `image ${image}`, blob };
}

/** By this host's own dracut, in a tree that shows the host's root and forgets what is written. */
async function fromHost(
  files: KernelFiles,
  modules: readonly string[],
  catalog: Catalog,
  context: KernelContext,
): Promise<Blob> {
  const { paths } = catalog;
  const { kernel } = files;
  const host: Lower = { directory: '/' };
  const lowers: Lower[] = [host, { blob: files.modules, format: 'squashfs' }];
  checkArchitecture(kernel, process.arch === 'arm64' ? 'arm64' : 'amd64', 'This host');
  await withTree(paths, [host], 'memory', async (sandbox) => {
    await requireTools(sandbox).catch((cause: unknown) => {
      if (!(cause instanceof SlipwayError) || cause.code !== 'initramfs/no-tools') throw cause;
      throw fail('host-tools', { tools: /has no (.*)$/.exec(cause.message)?.[1] ?? 'dracut' }, { cause });
    });
    const place = await modulesPlace(sandbox, 'This host');
    if (place !== '/usr/lib/modules') throw fail('no-place', { image: 'This host', place });
  });
  using work: WorkContext & Disposable = await openWork(
    context,
    'host',
    Math.floor(Date.parse(kernel.added) / 1000),
  );
  return await task(context.options.sink, `initramfs for ${kernel.version}, by this host`, async ({ id }) =>
    await runDracut({ lowers, writable: 'memory', version: kernel.version, modules, catalog, context: work }, id),
  ); // prettier-ignore
}

function checkArchitecture({ version, architecture }: PoolKernel, wanted: string, image: string): void {
  if (architecture !== wanted)
    throw fail('cannot-boot', { image, version, reason: `it is for ${architecture}, not for ${wanted}` });
}

/** Mounts a tree for a look at it. */
async function withTree<T>(
  paths: Catalog['paths'],
  lowers: readonly Lower[],
  writable: Writable,
  look: (sandbox: Sandbox) => Promise<T>,
): Promise<T> {
  await using work = await workDirectory(paths, 'kernel-look');
  await using sandbox = await Sandbox.open(paths, work.path, lowers, writable);
  return await look(sandbox);
}
