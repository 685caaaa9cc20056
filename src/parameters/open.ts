import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import { loadParameters, type Loaded } from './load.ts';
import { poolVersions } from './pool.ts';

/** {@link loadParameters} with the pool of this installation. */
export async function openParameters(
  { paths }: Installation,
  file: string,
  options: { name?: string; sink: Sink },
): Promise<Loaded> {
  return await loadParameters(file, { paths, kernels: await poolVersions(paths), ...options });
}
