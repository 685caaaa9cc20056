/** Changes to an index in memory. Who makes them holds the catalog's lock: `Catalog.update`. */
import type { Entry, Index } from './index-file.ts';
import type { Digest } from './types.ts';

/**
 * Enters a manifest as a generation of `name`: the one of the same digest if there is one, else a new number.
 * `move`: take tags from the generations that have them; without it such tags stay where they are.
 */
export function register(
  index: Index,
  name: string,
  blob: { digest: Digest; size: number },
  options: { tags: readonly string[]; move: boolean },
): Entry {
  const same = index.entries.filter((e) => e.name === name);
  let entry = same.find((e) => e.digest === blob.digest);
  if (!entry) {
    const number = (index.last.get(name) ?? 0) + 1;
    entry = { name, number, tags: [], ...blob, created: new Date().toISOString() };
    index.entries.push(entry);
    index.last.set(name, number);
  }
  for (const tag of options.tags) {
    if (!options.move && same.some((e) => e.tags.includes(tag))) continue;
    setTag(index, entry, tag);
  }
  return entry;
}

/** Moves a tag to an entry. */
export function setTag(index: Index, entry: Entry, tag: string): void {
  for (const other of index.entries)
    if (other.name === entry.name) other.tags = other.tags.filter((t) => t !== tag);
  entry.tags = [...entry.tags, tag].toSorted();
}

/** Takes entries out of the index; what remains of their images keeps a `latest`. */
export function dropEntries(index: Index, gone: readonly Entry[]): void {
  index.entries = index.entries.filter((e) => !gone.includes(e));
  for (const { name, tags } of gone) {
    const newest = index.entries.filter((e) => e.name === name).at(-1);
    if (tags.includes('latest') && newest) setTag(index, newest, 'latest');
  }
}
