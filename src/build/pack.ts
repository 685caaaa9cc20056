/** Packs layers: straight from the layer's directory, no staging copy. mksquashfs(1), mkfs.erofs(1) */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog } from '../image/catalog.ts';
import type { PackedLayer } from '../image/types.ts';
import { run } from '../system/process.ts';
import { Sandbox, type Lower } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Pack } from '../recipe/schema.ts';
import { toolOptions, type BuildContext } from './context.ts';
import { keyOf } from './key.ts';
import type { LayerStore, StoredLayer } from './layer-store.ts';

/** The kernel and what belongs to it are blobs of their own: nodes need not hold them in RAM twice. */
const BOOT_FILES = ['boot/vmlinuz-*', 'boot/initrd.img-*', 'boot/initramfs-*', 'boot/System.map-*', 'usr/lib/modules/*/vmlinuz', 'lib/modules/*/vmlinuz'];

interface Form {
  format: Pack['format'];
  level: number;
  exclude: string[];
}

export function formOf(pack: Pack, context: BuildContext): Form {
  const level = pack.compression ?? context.installation.config.build.compression;
  return {
    format: pack.format,
    level: pack.format === 'erofs' ? Math.min(level, 12) : level,
    exclude: [...BOOT_FILES, ...pack.exclude.map((p) => p.replace(/^\/+/, ''))],
  };
}

/** The packed form of one layer, made once and remembered. Undefined for a layer without content. */
export async function packLayer(layer: StoredLayer, wanted: Form, store: LayerStore, catalog: Catalog, context: BuildContext): Promise<PackedLayer | undefined> {
  if (layer.empty) return undefined;
  const form = layer.acls ? withAcls(wanted) : wanted;
  if (form !== wanted)
    context.options.sink({ event: 'notice', level: 'info', message: `${layer.title}: packed as erofs, since squashfs cannot hold its POSIX ACLs` });
  const packKey = keyOf('pack', form);
  const known = layer.packed[packKey];
  const result = known && !context.options.noCache && (await catalog.blobs.size(known.digest)) === known.size ? known : await pack(store.directory(layer), form, layer.epoch, catalog, context);
  if (result !== known) layer.packed[packKey] = result;
  return { ...result, format: form.format, title: layer.title, key: layer.key, unpacked: layer.size };
}

/** squashfs has no POSIX ACLs (its xattr prefixes are user, trusted and security); layers of both formats can be mixed. */
export function withAcls(form: Form): Form {
  return form.format === 'erofs' ? form : { ...form, format: 'erofs', level: Math.min(form.level, 12) };
}

/** All layers as one: what the merged tree shows, without whiteouts. */
export async function packMerged(lowers: readonly Lower[], form: Form, epoch: number, catalog: Catalog, context: BuildContext): Promise<{ digest: PackedLayer['digest']; size: number }> {
  await using work = await workDirectory(context.installation.paths, 'merged');
  await using sandbox = await Sandbox.open(context.installation.paths, work.path, lowers, false);
  return await pack(sandbox.merged, form, epoch, catalog, context, sandbox);
}

async function pack(directory: string, form: Form, epoch: number, catalog: Catalog, context: BuildContext, sandbox?: Sandbox) {
  await using work = await workDirectory(context.installation.paths, 'pack');
  const file = join(work.path, 'packed');
  const argv = form.format === 'squashfs' ? squashfs(directory, file, form) : erofs(directory, file, form, epoch);
  const options = { ...toolOptions(context, ''), sink: undefined, env: { SOURCE_DATE_EPOCH: String(epoch) } };
  await (sandbox ? sandbox.namespace.run(argv, options) : run(argv, options));
  try {
    return await catalog.adoptBlob(file, context.options.signal);
  } finally {
    await rm(file, { force: true });
  }
}

/** -no-exports and a fixed root time are for reproducibility; fragments and tail ends save 3 % at no cost. */
function squashfs(directory: string, file: string, form: Form): string[] {
  return [
    'mksquashfs', directory, file, '-noappend', '-no-progress', '-quiet', '-no-exports', '-xattrs', '-comp', 'zstd', '-Xcompression-level', String(form.level),
    '-b', '256K', '-wildcards', ...(form.exclude.length > 0 ? ['-e', ...form.exclude] : []),
  ]; // prettier-ignore
}

/** erofs knows no wildcards, only regular expressions over the relative path. */
function erofs(directory: string, file: string, form: Form, epoch: number): string[] {
  const regex = (glob: string) => `^${glob.split('*').map((s) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^/]*')}$`; // prettier-ignore
  return [
    'mkfs.erofs', '--quiet', `-zlz4hc,${form.level}`, `-T${epoch}`, '-U00000000-0000-0000-0000-000000000000',
    ...form.exclude.map((e) => `--exclude-regex=${regex(e)}`), file, directory,
  ]; // prettier-ignore
}
