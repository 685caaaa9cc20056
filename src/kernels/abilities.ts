/** What a kernel must be able to do, built in or by a module. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { usualCompressorOf, type Compressor, type KernelConfig } from '../build/kernel-config.ts';
import type { PackedLayer } from '../image/types.ts';

/** That a root in layers needs, whatever they are packed as. */
const NEEDED = ['overlay', 'loop'];
const KNOWN = [...NEEDED, 'squashfs', 'erofs'];

/** Which of these a kernel has, by the lists in its directory of modules. modules.dep(5), modules.builtin(5) */
export async function abilitiesOf(directory: string): Promise<string[]> {
  const names = new Set<string>();
  for (const list of ['modules.dep', 'modules.builtin']) {
    const text = await readFile(join(directory, list), 'utf8').catch(() => '');
    for (const [, name] of text.matchAll(/^(?:\S*\/)?([\w-]+)\.ko(?:\.\w+)?:?/gm))
      names.add(name?.replaceAll('-', '_') ?? '');
  }
  return KNOWN.filter((name) => names.has(name));
}

/** Options of a kernel's configuration that tell what it can mount and unpack. */
export function tellingOptions(config: KernelConfig): string[] {
  return [...config].filter((option) => /^(SQUASHFS|EROFS|RD)(_|$)/.test(option)).toSorted();
}

/** What modules are packed with so that their own kernel can mount them. */
export function compressorFor(version: string, config?: KernelConfig): Compressor {
  if (!config) return usualCompressorOf(version);
  if (config.has('SQUASHFS_ZSTD')) return 'zstd';
  return config.has('SQUASHFS_ZLIB') ? 'gzip' : 'xz';
}

/** What is lacking for `layers`, or for squashfs where none are named. Empty: it can boot them. */
export function missingAbilities(
  abilities: readonly string[],
  layers?: readonly Pick<PackedLayer, 'format'>[],
): string[] {
  const formats = new Set(layers?.map((layer) => layer.format) ?? ['squashfs']);
  return [...NEEDED, ...formats].filter((name) => !abilities.includes(name));
}
