/** From the upper directory of an unmounted image to a new generation. */
import { lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerStore } from '../build/layer-store.ts';
import { compressorOf } from '../build/kernel-config.ts';
import { openParent } from '../build/parent.ts';
import type { Catalog } from '../image/catalog.ts';
import { derive, type Change as Derived } from '../image/derive.ts';
import type { Generation, ImageConfig, Resolved } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import { task, type Sink } from '../system/events.ts';
import { Sandbox, type Lower } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import { makeNewBoot, newBoot, type NewBoot } from './boot.ts';
import { changesOf, type Change, type Trees } from './changes.ts';
import { packUpper } from './layer.ts';
import { prune } from './prune.ts';
import { mountDirectory, type MountRecord } from './record.ts';

export interface Published {
  generation?: Generation;
  /** Paths. */
  changes: number;
}

/** An upper directory that is to become a generation. */
export interface UpperWork {
  /** What it was made over. */
  base: Resolved;
  /** Ours alone, mounted nowhere; it is changed. */
  upper: string;
  /** Image that gets the generation; default: that of `base`. */
  name?: string;
  /** Of the packed layer. */
  title: string;
  /** What was done to the tree so that it could be worked in. */
  mounted?: Pick<MountRecord, 'made' | 'lent'>;
  /** Says what else is left out, besides what cleaning leaves out. */
  choose?: (changes: Change[], trees: Trees) => Promise<Change[]>;
}

/** Where packages and the system's name are kept: dpkg, rpm of any age, os-release. */
const INVENTORY =
  /^\/(var\/lib\/(dpkg|rpm)|usr\/lib\/sysimage\/rpm|etc\/os-release|usr\/lib\/os-release)(\/|$)/;

/**
 * Makes a generation of what was changed; none if nothing was. Repeated after a kill it comes to the same.
 * The caller holds the locks of the image and of its mount, and nothing is mounted.
 */
export async function publishChanges(
  installation: Installation,
  catalog: Catalog,
  record: MountRecord,
  options: PublishOptions,
): Promise<Published> {
  const upper = join(mountDirectory(installation.paths, record.image), 'upper');
  // Killed before there was anything to change.
  if (!(await lstat(upper).catch(() => undefined))) return { changes: 0 };
  const base = await catalog.resolve(`${record.image}:${record.generation}`);
  const work = { base, upper, title: 'changed while mounted', mounted: record };
  const { generation, changes } = await publishUpper(installation, catalog, work, options);
  return { generation, changes: changes.length };
}

export interface PublishOptions {
  /** Leave out what does not belong into an image. */
  clean: boolean;
  sink: Sink;
  signal?: AbortSignal;
}

/**
 * Makes a generation of an upper directory, of whomever it is; none if there is nothing in it that belongs
 * into an image. The caller holds the lock of the image that gets it.
 * @throws SlipwayError `image/…`, `mount/no-kernel`, `selinux/…`, `initramfs/…`
 */
export async function publishUpper(
  installation: Installation,
  catalog: Catalog,
  { base, upper, name = base.generation.name, title, ...rest }: UpperWork,
  options: PublishOptions,
): Promise<{ generation?: Generation; changes: Change[] }> {
  const { paths } = installation;
  const { sink, signal } = options;
  const { digest } = base.generation;
  const { tree } = await openParent(digest, catalog, new LayerStore(paths));
  await using work = await workDirectory(paths, 'umount');
  const looked = await task(sink, `look for changes of ${base.generation.name}`, async ({ end }) => {
    const found = await look(catalog, { base, upper, ...rest }, tree.lowers, work.path, options);
    end.detail = found.changes.length === 1 ? '1 change' : `${found.changes.length} changes`;
    return found;
  });
  const { changes, boot, config } = looked;
  if (changes.length === 0) return { changes };
  const epoch = Date.parse(base.config.date) / 1000;
  const { selinux } = base.config;
  const layer = await task(sink, 'pack the changes', async () => {
    await prune(upper, changes, signal);
    if (selinux) {
      const { labelUpper } = await import('./labels.ts');
      const place = join(work.path, 'labels');
      await mkdir(place);
      const over = { lowers: tree.lowers, upper };
      await labelUpper(installation, selinux, over, place, { name: base.generation.name, epoch }, options);
    }
    const compressor = compressorOf(base.config.layers);
    const { clean } = options;
    return await packUpper(installation, catalog, upper, { title, epoch, clean, compressor, signal });
  });
  const over = {
    lowers: [...tree.lowers, { directory: upper }],
    layers: [...base.config.layers, layer].map((one) => one.digest),
  };
  const made = boot && (await makeNewBoot(installation, catalog, base, boot, over, options));
  const change: Derived = { name, layers: [layer], config, ...(made && { boot: made }) };
  const generation = await task(sink, 'publish', async () => await derive(catalog, base, change, signal));
  if (name !== base.generation.name) return { generation, changes };
  if (base.published?.length) {
    const { follow } = await import('../modes/follow.ts');
    await follow({ installation, catalog, sink, signal }, base, generation);
  }
  await tellNewer(catalog, base, generation, sink);
  return { generation, changes };
}

interface Looked {
  changes: Change[];
  boot?: NewBoot;
  config: NonNullable<Derived['config']>;
}

/** Everything that is read of the trees, while they are mounted in private. */
async function look(
  catalog: Catalog,
  { base, upper, mounted = { made: [] }, choose }: Omit<UpperWork, 'title'>,
  lowers: readonly Lower[],
  work: string,
  options: PublishOptions,
): Promise<Looked> {
  const { paths } = catalog;
  const directory = async (name: string) => {
    await mkdir(join(work, name));
    return join(work, name);
  };
  const [one, two, files] = [await directory('before'), await directory('after'), await directory('files')];
  await using before = await Sandbox.open(paths, one, lowers, false);
  const after = await before.withLayer(paths, two, upper);
  const trees = { before, after, upper };
  const all = await changesOf(trees, mounted, options.clean, options.signal);
  const changes = choose ? await choose(all, trees) : all;
  if (changes.length === 0) return { changes, config: {} };
  const inventory = changes.some((one) => INVENTORY.test(one.path));
  return {
    changes,
    boot: await newBoot(catalog, base, changes, trees, files, options),
    config: inventory ? await inventoryOf(catalog, after) : {},
  };
}

async function inventoryOf(
  { paths }: Catalog,
  tree: Sandbox,
): Promise<Pick<ImageConfig, 'packages' | 'system'>> {
  const { installedPackages, osRelease } = await import('../build/inventory.ts');
  return { packages: await installedPackages(paths, tree), system: await osRelease(tree.root) };
}

/** Somebody built the image meanwhile: what that changed is not in the new generation. */
async function tellNewer(catalog: Catalog, base: Resolved, made: Generation, sink: Sink): Promise<void> {
  const { name, generation: number } = base.generation;
  const between = (await catalog.generations(name)).filter(
    (one) => one.generation > number && one.generation < made.generation,
  );
  const last = between.at(-1);
  if (!last) return;
  const message = `${name}:${made.generation} stands on ${name}:${number}: what came with ${name}:${last.generation} is not in it`;
  sink({ event: 'notice', level: 'warning', message });
}
