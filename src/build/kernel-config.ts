/**
 * What a kernel can do, by the configuration that distributions ship beside it. Options and their meaning:
 * linux/usr/Kconfig, linux/fs/squashfs/Kconfig, linux/fs/erofs/Kconfig
 */
import type { PackedLayer } from '../image/types.ts';
import type { KernelStep, Pack } from '../recipe/schema.ts';
import { readInRoot } from '../system/in-root.ts';
import { fail } from './errors.ts';

/** Options that are built in or a module, without `CONFIG_`. */
export type KernelConfig = ReadonlySet<string>;

export type Compression = NonNullable<KernelStep['compress']>;
export type Compressor = NonNullable<Pack['compressor']>;

/** More than twice what any kernel has. */
const LIMIT = 1 << 20;

/** The configuration of a kernel in a tree (its host path); undefined if it is not there. */
export async function kernelConfig(root: string, version: string): Promise<KernelConfig | undefined> {
  for (const path of [`/usr/lib/modules/${version}/config`, `/lib/modules/${version}/config`, `/boot/config-${version}`]) {
    const text = (await readInRoot(root, path, LIMIT))?.toString('latin1');
    if (text) return parseKernelConfig(text);
  }
  return undefined;
} // prettier-ignore

export function parseKernelConfig(text: string): KernelConfig {
  return new Set([...text.matchAll(/^CONFIG_(\w+)=[ym]$/gm)].map(([, option = '']) => option));
}

/** Whether a kernel unpacks an initramfs of this kind. Without a configuration its age tells: zstd came with 5.9. */
export function unpacks(compression: Compression, version: string, config?: KernelConfig): boolean {
  if (config) return config.has(`RD_${compression.toUpperCase()}`);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return compression !== 'zstd' || major > 5 || (major === 5 && minor >= 9);
}

/** What squashfs layers are packed with for a system, by os-release(5): the kernel of RHEL 8 and its like has no zstd, nor has that of Amazon Linux 2. */
export function usualCompressor(system: Readonly<Record<string, string>>): Compressor {
  const { ID = '', VERSION_ID = '', PLATFORM_ID = '' } = system;
  if (/^platform:(el8|al2)\b/.test(PLATFORM_ID)) return 'gzip';
  const old = { rhel: 8, centos: 8, rocky: 8, almalinux: 8, ol: 8, amzn: 2 }[ID];
  return old !== undefined && Number.parseInt(VERSION_ID, 10) <= old ? 'gzip' : 'zstd';
}

/** The same for a kernel alone, by what its distribution puts into its version: 4.18.0-553.el8_10.x86_64. */
export function usualCompressorOf(version: string): Compressor {
  return /\.(el[678](?!\d)|amzn2(?!\d))/.test(version) ? 'gzip' : 'zstd';
}

/** What further layers of an image are packed with: as those that it has. */
export function compressorOf(layers: readonly Pick<PackedLayer, 'format' | 'compressor'>[]): Compressor {
  return layers.find((layer) => layer.format === 'squashfs')?.compressor ?? 'zstd';
}

const SQUASHFS: Record<Compressor, string> = {
  zstd: 'SQUASHFS_ZSTD',
  gzip: 'SQUASHFS_ZLIB',
  xz: 'SQUASHFS_XZ',
  lz4: 'SQUASHFS_LZ4',
};

/** @throws SlipwayError `build/kernel-cannot-mount` for the first layer that the kernel has no driver for */
export function requireMountable(
  version: string,
  config: KernelConfig,
  layers: readonly Pick<PackedLayer, 'format' | 'compressor' | 'title'>[],
): void {
  const able = (Object.keys(SQUASHFS) as Compressor[]).filter((one) => config.has(SQUASHFS[one]));
  for (const { format, compressor = 'zstd', title } of layers) {
    const needed = format === 'erofs' ? ['EROFS_FS', 'EROFS_FS_ZIP'] : ['SQUASHFS', SQUASHFS[compressor]];
    const missing = needed.find((option) => !config.has(option));
    if (!missing) continue;
    const todo =
      format === 'erofs'
        ? 'Set pack.format: squashfs. A layer with POSIX ACLs is an erofs all the same: drop them in the step that sets them (setfacl --remove-all).'
        : able.length > 0
          ? `Set pack.compressor: ${able.includes('gzip') ? 'gzip' : able[0]}`
          : 'Set pack.format: erofs';
    throw fail('kernel-cannot-mount', { version, title, format, option: `CONFIG_${missing}`, todo });
  }
}
