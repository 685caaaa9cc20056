/** `slipway kernel rm`. */
import type { Catalog } from '../image/catalog.ts';
import { fail } from './errors.ts';
import { usersOf } from './list.ts';
import { KernelPool } from './pool.ts';

export interface Removed {
  version: string;
  /** Images with this very kernel: they keep their own copy and go on booting. */
  images: string[];
}

/** @throws SlipwayError `kernels/unknown`, `kernels/in-use` unless `force` */
export async function removeKernel(
  version: string,
  catalog: Catalog,
  force = false,
  signal?: AbortSignal,
): Promise<Removed> {
  const pool = new KernelPool(catalog.paths);
  if (!(await pool.has(version))) throw await pool.unknown(version);
  using _ = await pool.lock(version, `removing the kernel ${version}`, signal);
  if (!(await pool.has(version))) throw await pool.unknown(version);
  const { kernels } = await pool.list();
  const kernel = kernels.find((one) => one.version === version);
  const images = kernel ? ((await usersOf(catalog)).get(kernel.vmlinuz.digest) ?? []) : [];
  if (images.length > 0 && !force)
    throw fail('in-use', {
      version,
      images: `${images.slice(-3).join(', ')}${images.length > 3 ? ` and ${images.length - 3} more` : ''}`,
    });
  await pool.remove(version);
  return { version, images };
}
