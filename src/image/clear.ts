import { refuseMounted, listRecords } from '../mounts/record.ts';
import { workOn } from './building.ts';
import type { Catalog } from './catalog.ts';
import { dropEntries } from './entries.ts';
import { fail } from './errors.ts';
import { gc, sweep, type GcOptions, type GcReport } from './gc.ts';
import type { Entry } from './index-file.ts';
import { findLeftovers, removeLeftover, type Leftover } from './leftovers.ts';
import { unknownImage } from './lookup.ts';
import { checkImageName } from './reference.ts';
import type { Generation, InUse } from './types.ts';

export interface ClearReport {
  dryRun: boolean;
  /** Broken generations that were, or would be, removed. */
  broken: Generation[];
  /** Broken generations that stay because nodes are assigned to them. */
  inUse: { generation: Generation; nodes: string[] }[];
  /** Broken generations that stay because they are mounted, or were and have changes. */
  mounted: Generation[];
  /** Directories and records that belong to nothing. `stays`: why one is not removed. */
  directories: Leftover[];
  /** Unreferenced blobs and temporary files. */
  leftovers: GcReport;
}

export interface ClearOptions extends GcOptions {
  /** Only this image. */
  name?: string;
}

/**
 * Removes broken generations, what has no metadata, and then what nothing needs. Only tells what it would do
 * unless `dryRun` is false.
 * @throws SlipwayError with a name: `image/unknown`, `image/being-made`, `mount/mounted`
 */
export async function clear(
  catalog: Catalog,
  inUse: InUse,
  options: ClearOptions = {},
): Promise<ClearReport> {
  const { name } = options;
  const { paths } = catalog;
  const dryRun = options.dryRun ?? true;
  if (name !== undefined) await refuseBusy(catalog, checkImageName(name));
  const directories = await findLeftovers(paths, name);
  const report: Omit<ClearReport, 'leftovers'> = { dryRun, broken: [], inUse: [], mounted: [], directories };
  const planned = await catalog.update('clearing', options.signal, async (index) => {
    if (name !== undefined && directories.length === 0 && !index.entries.some((e) => e.name === name))
      throw unknownImage(index, name);
    const mounts = await listRecords(paths);
    const gone: Entry[] = [];
    for (const entry of index.entries) {
      if (name !== undefined && entry.name !== name) continue;
      const generation = await catalog.generation(entry);
      if (generation.state !== 'broken') continue;
      const nodes = await inUse(generation);
      if (nodes.length > 0) report.inUse.push({ generation, nodes });
      else if (mounts.some((one) => one.image === entry.name && one.generation === entry.number))
        report.mounted.push(generation);
      else {
        report.broken.push(generation);
        gone.push(entry);
      }
    }
    if (!dryRun) {
      dropEntries(index, gone);
      return undefined;
    }
    const after = { ...index, entries: index.entries.filter((e) => !gone.includes(e)) };
    return await sweep(catalog, after, { ...options, dryRun });
  });
  if (!dryRun)
    for (const one of directories)
      if (!(await removeLeftover(paths, one))) one.stays ??= 'a command works on it';
  // Blobs go only once the index without them is on disk.
  return { ...report, leftovers: planned ?? (await gc(catalog, { ...options, dryRun })) };
}

async function refuseBusy({ paths }: Catalog, name: string): Promise<void> {
  const work = workOn(paths, name);
  if (work) throw fail('being-made', { name, work: work.what, process: work.process ?? 'unknown' });
  await refuseMounted(paths, name);
}
