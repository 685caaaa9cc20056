import type { Catalog } from './catalog.ts';
import { setTag } from './entries.ts';
import { fail } from './errors.ts';
import { findEntry, findOne } from './lookup.ts';
import type { Generation } from './types.ts';

/**
 * Moves `latest` back: with `NAME` to the generation before the one it is at,
 * with `NAME:NUMBER` or `NAME:TAG` to that one. Nothing is removed.
 * @throws SlipwayError `image/unknown`, `image/no-previous`
 */
export async function rollback(catalog: Catalog, ref: string): Promise<{ from: Generation; to: Generation }> {
  return await catalog.update(`rolling back ${ref}`, undefined, async (index) => {
    let to = findOne(index, ref);
    const from = findEntry(index, to.name);
    if (!ref.includes(':') || ref.endsWith(':latest')) {
      const { name, number } = from;
      const previous = index.entries.filter((e) => e.name === name && e.number < number).at(-1);
      if (!previous) throw fail('no-previous', { name, number });
      to = previous;
    }
    setTag(index, to, 'latest');
    return { from: await catalog.generation(from), to: await catalog.generation(to) };
  });
}
