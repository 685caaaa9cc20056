import { truncate } from 'node:fs/promises';
import type { Catalog } from './catalog.ts';
import { fail } from './errors.ts';
import { rm } from './rm.ts';
import type { Generation, InUse } from './types.ts';

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
export function isDemo({ layers, kernel, state }: Pick<Generation, 'layers' | 'kernel' | 'state'>): boolean {
  return state === 'ready' && layers === 0 && kernel === undefined;
}

/**
 * Removes broken demo images that no node needs: there is nothing to lose. Other broken images stay, for
 * they may be mended: `clear` removes them.
 * @returns what was removed, `name:generation`
 */
export async function sweepDemos(catalog: Catalog, inUse: () => Promise<InUse>): Promise<string[]> {
  const removed: string[] = [];
  for (const { name, generation, digest, state } of await catalog.generations()) {
    if (state !== 'broken') continue;
    const ref = `${name}:${generation}`;
    const manifest = await catalog.manifest(digest, ref).catch(() => undefined);
    if (manifest?.layers.length !== 0) continue;
    await rm(catalog, ref, await inUse());
    removed.push(ref);
  }
  return removed;
}
