/** The layer of modules that an image gets with a kernel. */
import { join } from 'node:path';
import type { Tree, WorkContext } from '../build/context.ts';
import { keyOf } from '../build/key.ts';
import { LayerStore } from '../build/layer-store.ts';
import { BOOT_FILES, packCommand, usualLevel } from '../build/pack-command.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Digest, PackedLayer, Resolved } from '../image/types.ts';
import { run } from '../system/process.ts';
import { Sandbox, type Lower } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { adoptCopy } from './files.ts';
import { findModules } from './find.ts';
import { canShare, layerTitle, modulesPlace, ownLayer, type OwnLayer } from './layer.ts';
import { modulesContent } from './modules.ts';

type As = Pick<PackedLayer, 'format' | 'compressor'>;

export interface AddedLayer {
  packed: PackedLayer;
  lower: Lower;
}

/** A key that only such a layer has: it says that nothing else is in there. */
const layerKey = (digest: Digest): string => keyOf('kernel-modules-layer', digest);

/** Without the modules of the kernel before, where these came the same way and nothing lies above them. */
export function withoutEarlier(base: Resolved): Resolved {
  const top = base.config.layers.at(-1);
  if (!top || base.config.layers.length < 2 || top.key !== layerKey(top.digest)) return base;
  return { ...base, config: { ...base.config, layers: base.config.layers.slice(0, -1) } };
}

/** The layer for a tree, its blob in the catalog; nothing where the tree has the modules of this very kernel. */
export async function modulesLayer(
  own: OwnLayer,
  store: LayerStore,
  catalog: Catalog,
  work: WorkContext,
  task: string,
): Promise<AddedLayer | undefined> {
  const { kernel, modules } = own.files;
  const { signal } = work.options;
  const { compressor } = kernel.modules;
  const place = await placeFor(own, catalog, signal);
  if (place === undefined) return undefined;
  if (canShare(place, own.selinux)) {
    const blob = await adoptCopy(modules, kernel.modules.digest, catalog, signal);
    return described(blob, { format: 'squashfs', compressor }, kernel.modules.unpacked);
  }
  const layer = await ownLayer(own, store, work, task);
  const as: As = layer.acls ? { format: 'erofs' } : { format: 'squashfs', compressor };
  await using directory = await workDirectory(catalog.paths, 'pack');
  const file = join(directory.path, 'packed');
  const level = usualLevel(work.installation.config.build.compression, as.compressor);
  const argv = packCommand(store.directory(layer), file, { ...as, level, exclude: BOOT_FILES }, own.epoch);
  await run(argv, { signal, log: work.log, env: { SOURCE_DATE_EPOCH: String(own.epoch) } });
  return described(await catalog.adoptBlob(file, signal), as, layer.size);

  function described(blob: { digest: Digest; size: number }, form: As, unpacked: number): AddedLayer {
    const title = layerTitle(kernel);
    return {
      packed: { ...blob, ...form, title, key: layerKey(blob.digest), unpacked },
      lower: { blob: catalog.blobPath(blob.digest), format: form.format },
    };
  }
}

/** Where the modules belong in the tree; nothing if they are there. */
async function placeFor({ tree, files, image }: OwnLayer, catalog: Catalog, signal?: AbortSignal) {
  const { version, modules } = files.kernel;
  return await lookInto(catalog, tree, async (sandbox) => {
    const there = await findModules(sandbox.root, version);
    if (there && (await modulesContent(there, signal)) === modules.content) return undefined;
    return await modulesPlace(sandbox, image);
  });
}

/** Mounts a tree, read-only, for a look at it. */
async function lookInto<T>(catalog: Catalog, tree: Tree, look: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  await using directory = await workDirectory(catalog.paths, 'kernel-look');
  await using sandbox = await Sandbox.open(catalog.paths, directory.path, tree.lowers, false);
  return await look(sandbox);
}
