import { readdir } from 'node:fs/promises';
import type { Paths } from '../system/paths.ts';
import { kernelVersion } from '../recipe/fields.ts';

/** Versions in the pool, oldest name first: one directory each, see system/paths.ts. */
export async function poolVersions(paths: Paths): Promise<string[]> {
  const entries = await readdir(paths.kernels, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((one) => one.isDirectory() && kernelVersion.safeParse(one.name).success)
    .map((one) => one.name)
    .toSorted();
}
