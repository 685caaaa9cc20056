import type { Catalog } from './catalog.ts';
import { register } from './entries.ts';
import { fail } from './errors.ts';
import { findEntry } from './lookup.ts';
import { checkImageName } from './reference.ts';
import type { Generation } from './types.ts';

/**
 * Makes a new image of one generation: another name for the same blobs and the same digest, generation 1.
 * @throws SlipwayError `image/unknown`, `image/exists`, `name/invalid`
 */
export async function clone(catalog: Catalog, ref: string, name: string): Promise<Generation> {
  checkImageName(name);
  return await catalog.update(`cloning ${ref}`, undefined, async (index) => {
    const { digest, size } = findEntry(index, ref);
    if (index.entries.some((e) => e.name === name)) throw fail('exists', { name });
    return await catalog.generation(
      register(index, name, { digest, size }, { tags: ['latest'], move: true }),
    );
  });
}
