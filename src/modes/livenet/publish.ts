/** Publishing in mode livenet: the live image and its initramfs, two blobs of the catalog. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toolOptions } from '../../build/context.ts';
import { hashTree, keyOf } from '../../build/key.ts';
import { LayerStore } from '../../build/layer-store.ts';
import { buildLog } from '../../build/logs.ts';
import { compressorOf } from '../../build/kernel-config.ts';
import { packCommand, usualLevel } from '../../build/pack-command.ts';
import { openParent } from '../../build/parent.ts';
import { sizeOf } from '../../image/size.ts';
import { initramfsFor } from '../../initramfs/for-tree.ts';
import { live } from '../../initramfs/kinds.ts';
import { task } from '../../system/events.ts';
import { run } from '../../system/process.ts';
import { workDirectory } from '../../system/workdir.ts';
import { checkBootable } from '../check.ts';
import type { Made, Part, PublishContext } from '../mode.ts';
import { makeRootfs, type Filesystem } from './rootfs.ts';

/** To make what was published anew when this file makes something else of the same. */
const VERSION = 1;

/** The caller holds the lock of the image. @throws SlipwayError `boot/unbootable`, `image/…`, `livenet/…`, `initramfs/…` */
export async function publishLivenet(context: PublishContext): Promise<Made> {
  const { image, previous } = context;
  checkBootable('livenet', image);
  const before = previous?.options ?? {};
  const size = context.options.size ?? sizeText(image.config.size) ?? String(before['size'] ?? 'auto');
  const filesystem = context.options.filesystem ?? (before['filesystem'] === 'xfs' ? 'xfs' : 'ext4');
  const wanted = sizeOf(size);
  const shown = await Promise.all(Object.values(live.shown).map((path) => hashTree(path)));
  const layers = image.layers.map(({ digest }) => digest);
  const key = keyOf(
    'livenet',
    VERSION,
    layers,
    image.kernel?.digest,
    image.config.kernel,
    wanted,
    filesystem,
    shown,
  );
  if (previous?.key === key && (await whole(context, Object.values(previous.blobs)))) {
    const { blobs, options } = previous;
    return { key, blobs, options };
  }
  const made = await liveImage(context, wanted, filesystem);
  const initramfs = await liveInitramfs(context);
  const { bytes, used, root } = made;
  return { key, blobs: { root, initramfs }, options: { size, filesystem, bytes, used } };
}

function sizeText(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : `${bytes / 2 ** 20}M`;
}

async function whole({ catalog }: PublishContext, parts: readonly Part[]): Promise<boolean> {
  for (const { digest, size } of parts) if ((await catalog.blobs.size(digest)) !== size) return false;
  return true;
}

/** `squashfs.img` with `LiveOS/rootfs.img` in it. */
async function liveImage(
  { image, installation, catalog, sink, signal }: PublishContext,
  size: number | 'auto',
  filesystem: Filesystem,
): Promise<{ root: Part; bytes: number; used: number }> {
  const { paths, config } = installation;
  const { name, generation } = image.generation;
  const epoch = Date.parse(image.config.date) / 1000;
  using log = await buildLog(paths, name);
  await using work = await workDirectory(paths, 'livenet');
  const tree = join(work.path, 'tree');
  const directory = join(tree, 'LiveOS');
  await mkdir(directory, { recursive: true });
  const context = { installation, options: { sink, signal }, log, epoch, managers: new Map<string, never>() };
  const { bytes, used } = await task(sink, `${filesystem} of ${name}:${generation}`, async ({ id, end }) => {
    const { env: _, ...options } = toolOptions(context, id);
    const sizes = await makeRootfs({ catalog, image, size, filesystem, directory, options });
    end.detail = `${sizes.bytes / 2 ** 20} MiB`;
    return sizes;
  });
  const root = await task(sink, 'pack the live image', async ({ id }) => {
    const file = join(work.path, 'squashfs.img');
    const compressor = compressorOf(image.config.layers);
    const form = {
      format: 'squashfs' as const,
      compressor,
      level: usualLevel(config.build.compression, compressor),
      exclude: [],
    };
    await run(packCommand(tree, file, form, epoch), toolOptions(context, id));
    return await catalog.adoptBlob(file, signal);
  });
  return { root, bytes, used };
}

async function liveInitramfs({ image, installation, catalog, sink, signal }: PublishContext): Promise<Part> {
  const { name, digest } = image.generation;
  const { tree, epoch } = await openParent(digest, catalog, new LayerStore(installation.paths));
  const { version = '', modules = [] } = image.config.kernel ?? {};
  return await initramfsFor({
    installation, catalog, tree, version, modules, epoch, name, kind: live, options: { sink, signal },
  }); // prettier-ignore
}
