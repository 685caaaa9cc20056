/** `slipway kernel ls`: what is in the pool, whether it can boot, and which images use it. */
import type { Catalog } from '../image/catalog.ts';
import { partsOf } from '../image/manifest.ts';
import type { Paths } from '../system/paths.ts';
import { missingAbilities } from './abilities.ts';
import type { PoolKernel } from './entry.ts';
import { initramfsKey } from './initramfs-key.ts';
import { KernelPool } from './pool.ts';
import { versionInName } from './version.ts';

export interface ListedKernel {
  version: string;
  architecture?: 'amd64' | 'arm64';
  /** `present`; `outdated`: made for another state of kernel or Slipway, and made again when it is needed. */
  initramfs: 'present' | 'outdated' | 'missing';
  /** What the initramfs was made from. */
  initramfsFrom?: string;
  /** Why it can boot nothing. */
  problem?: string;
  from?: string;
  /** ISO time. */
  added?: string;
  /** Bytes: vmlinuz, packed modules, initramfs. */
  bytes: number;
  /** Images with this very kernel, `name:generation`. */
  images: string[];
}

/** By version. */
export async function listKernels(paths: Paths, catalog: Catalog): Promise<ListedKernel[]> {
  const { kernels, broken, bare } = await new KernelPool(paths).list();
  const known = new Set(kernels.map(({ version }) => version));
  const users = await usersOf(catalog);
  const listed: ListedKernel[] = [
    ...broken.map(({ version, reason }) => ({ ...NOTHING, version, problem: reason })),
    ...bare
      .map((path) => versionInName(path.slice(path.lastIndexOf('/') + 1)) ?? path)
      .filter((version) => !known.has(version))
      .map((version) => ({
        ...NOTHING,
        version,
        problem: 'a bare file: it has no modules yet. Run: slipway kernel add',
      })),
  ];
  for (const kernel of kernels)
    listed.push({
      version: kernel.version,
      architecture: kernel.architecture,
      ...problemOf(kernel.abilities),
      initramfs: await initramfsState(kernel),
      ...(kernel.initramfs && { initramfsFrom: kernel.initramfs.from }),
      from: kernel.from,
      added: kernel.added,
      bytes: kernel.vmlinuz.size + kernel.modules.size + (kernel.initramfs?.size ?? 0),
      images: users.get(kernel.vmlinuz.digest) ?? [],
    });
  return listed.toSorted((a, b) => (a.version < b.version ? -1 : a.version > b.version ? 1 : 0));
}

function problemOf(abilities: readonly string[]): { problem?: string } {
  const missing = missingAbilities(abilities);
  return missing.length > 0 ? { problem: `it has no ${missing.join(', no ')}` } : {};
}

const NOTHING = { initramfs: 'missing', bytes: 0, images: [] } as const satisfies Partial<ListedKernel>;

async function initramfsState(kernel: PoolKernel): Promise<ListedKernel['initramfs']> {
  if (!kernel.initramfs) return 'missing';
  return kernel.initramfs.key === (await initramfsKey(kernel, kernel.initramfs.modules))
    ? 'present'
    : 'outdated';
}

/** Images by the digest of their kernel. */
export async function usersOf(catalog: Catalog): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>();
  for (const { name, generation, digest } of await catalog.generations()) {
    const ref = `${name}:${generation}`;
    const kernel = await catalog.manifest(digest, ref).then(
      (manifest) => partsOf(manifest).kernel?.digest,
      () => undefined,
    );
    if (kernel) users.set(kernel, [...(users.get(kernel) ?? []), ref]);
  }
  return users;
}
