import { closest } from '../system/closest.ts';
import type { Catalog } from './catalog.ts';
import { setTag } from './entries.ts';
import { fail } from './errors.ts';
import { findOne, unknownImage } from './lookup.ts';
import { checkTag } from './reference.ts';
import type { Generation } from './types.ts';

/**
 * Gives a generation a tag; one that has the tag loses it. `latest` may be moved so too.
 * @throws SlipwayError `image/unknown`, `image/bad-tag`
 */
export async function tag(catalog: Catalog, ref: string, name: string): Promise<Generation> {
  checkTag(name);
  return await catalog.update(`tagging ${ref}`, undefined, async (index) => {
    const entry = findOne(index, ref);
    setTag(index, entry, name);
    return await catalog.generation(entry);
  });
}

/** Takes a tag away. @throws SlipwayError `image/unknown`, `image/no-tag`, `image/bad-tag` for `latest` */
export async function untag(catalog: Catalog, image: string, name: string): Promise<Generation> {
  if (name === 'latest')
    throw fail('bad-tag', {
      tag: name,
      reason: 'Every image has a latest generation; it can be moved, not removed.',
    });
  return await catalog.update(`untagging ${image}`, undefined, async (index) => {
    const same = index.entries.filter((e) => e.name === image);
    if (same.length === 0) throw unknownImage(index, image);
    const entry = same.find((e) => e.tags.includes(name));
    if (!entry) {
      const near = closest(name, same.flatMap((e) => e.tags)); // prettier-ignore
      throw fail('no-tag', { name: image, tag: name, near: near ? `Did you mean ${near}? ` : '' });
    }
    entry.tags = entry.tags.filter((t) => t !== name);
    return await catalog.generation(entry);
  });
}
