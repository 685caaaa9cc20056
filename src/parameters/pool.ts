import { KernelPool } from '../kernels/pool.ts';
import type { Paths } from '../system/paths.ts';

/** Versions in the pool that can be used, by name. */
export async function poolVersions(paths: Paths): Promise<string[]> {
  return (await new KernelPool(paths).list()).kernels.map(({ version }) => version);
}
