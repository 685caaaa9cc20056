import { foldBriefly } from '../nodeset/fold.ts';
import { readRecord, refuseMounted } from '../mounts/record.ts';
import { NAME } from '../system/names.ts';
import { workOn } from './building.ts';
import type { Catalog } from './catalog.ts';
import { dropEntries } from './entries.ts';
import { fail } from './errors.ts';
import type { Entry, Index } from './index-file.ts';
import { findOne, unknownImage } from './lookup.ts';
import { listPublications } from './publications.ts';
import type { Generation, InUse } from './types.ts';

/**
 * Removes one generation (`NAME:NUMBER`, `NAME:TAG`, a digest) or, given `NAME` alone, the whole image.
 * Blobs stay until `gc`. `latest` moves to the newest generation that remains. Numbers are not given again.
 * @throws SlipwayError `image/unknown`, `image/in-use` naming the nodes, `image/published`, `image/being-made`, `mount/mounted`
 */
export async function rm(catalog: Catalog, ref: string, inUse: InUse): Promise<Generation[]> {
  return await catalog.update(`removing ${ref}`, undefined, async (index) => {
    refuseBeingMade(catalog, ref);
    const chosen = choose(index, ref);
    const removed: Generation[] = [];
    for (const entry of chosen) {
      const generation = await catalog.generation(entry);
      const nodes = await inUse(generation);
      if (nodes.length > 0)
        throw fail('in-use', { ref: `${entry.name}:${entry.number}`, nodes: foldBriefly(nodes) });
      await refuseMountedOne(catalog, entry);
      await refusePublished(catalog, index, chosen, entry);
      removed.push(generation);
    }
    dropEntries(index, chosen);
    return removed;
  });
}

/** Of an image that is being built only what is there already can go, by number. @throws SlipwayError `image/being-made` */
function refuseBeingMade({ paths }: Catalog, ref: string): void {
  const work = NAME.test(ref) ? workOn(paths, ref) : undefined;
  if (work) throw fail('being-made', { name: ref, work: work.what, process: work.process ?? 'unknown' });
}

/** @throws SlipwayError `mount/mounted` */
async function refuseMountedOne({ paths }: Catalog, { name, number }: Entry): Promise<void> {
  if ((await readRecord(paths, name))?.generation === number) await refuseMounted(paths, name);
}

/** What a mode made of it belongs to all images of the same digest: the last one keeps it. @throws SlipwayError `image/published` */
async function refusePublished(
  catalog: Catalog,
  index: Index,
  chosen: readonly Entry[],
  { digest, name, number }: Entry,
): Promise<void> {
  if (index.entries.some((other) => other.digest === digest && !chosen.includes(other))) return;
  const [first] = (await listPublications(catalog.paths, digest)).publications;
  if (first) throw fail('published', { ref: `${name}:${number}`, mode: first.mode });
}

function choose(index: Index, ref: string): Entry[] {
  if (ref.includes(':')) return [findOne(index, ref)];
  const all = index.entries.filter((e) => e.name === ref);
  if (all.length > 0) return all;
  if (/^[0-9a-f]{6,64}$/.test(ref)) return [findOne(index, ref)];
  throw unknownImage(index, ref);
}
