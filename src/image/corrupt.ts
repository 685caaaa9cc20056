import { truncate } from 'node:fs/promises';
import type { Catalog } from './catalog.ts';
import { fail } from './errors.ts';
import type { Generation } from './types.ts';

/**
 * Damages an image without content, to try what is done with broken ones: its config blob is cut off.
 * @throws SlipwayError `image/not-a-demo` for an image that has anything to lose
 */
export async function corruptDemo(catalog: Catalog, ref: string): Promise<Generation> {
  const { generation, config, kernel, manifest } = await catalog.resolve(ref);
  if (config.layers.length > 0 || kernel) throw fail('not-a-demo', { ref });
  using _ = await catalog.blobs.lock(`corrupting ${ref}`);
  await truncate(catalog.blobPath(manifest.config.digest), 0);
  return await catalog.find(`${generation.name}:${generation.generation}`);
}

/** Whether an image has nothing in it, as demo images do. */
export function isDemo({ layers, kernel }: Pick<Generation, 'layers' | 'kernel'>): boolean {
  return layers === 0 && kernel === undefined;
}
