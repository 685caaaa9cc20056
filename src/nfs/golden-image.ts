/** Golden images of disklessset: a staging image that does not change any more, for trees of nodes. */
import type { Catalog } from '../image/catalog.ts';
import { clone } from '../image/clone.ts';
import { fail as imageFail } from '../image/errors.ts';
import { checkImageName } from '../image/reference.ts';
import type { Generation } from '../image/types.ts';

/**
 * Makes an image of one generation of another, once that is published: a clone, which shares its files, its kernel
 * and its passwords. What fails leaves no new image.
 * @param publish makes the tree of the generation, and its publication; both are those of the clone, too
 * @throws SlipwayError `image/unknown`, `image/exists`, `name/invalid`, and of `publish`
 */
export async function makeGolden(
  catalog: Catalog,
  staging: string,
  name: string,
  publish: (ref: string) => Promise<unknown>,
): Promise<Generation> {
  checkImageName(name);
  const { generation } = await catalog.resolve(staging);
  // Before the work; cloning looks again.
  if ((await catalog.generations()).some((one) => one.name === name)) throw imageFail('exists', { name });
  const label = `${generation.name}:${generation.generation}`;
  await publish(label);
  return await clone(catalog, label, name);
}
