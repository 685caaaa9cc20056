import type { Catalog } from './catalog.ts';
import { gc, sweep, type GcOptions, type GcReport } from './gc.ts';
import type { Entry } from './index-file.ts';
import { dropEntries } from './entries.ts';
import type { Generation, InUse } from './types.ts';

export interface ClearReport {
  dryRun: boolean;
  /** Broken generations that were, or would be, removed. */
  broken: Generation[];
  /** Broken generations that stay because nodes are assigned to them. */
  inUse: { generation: Generation; nodes: string[] }[];
  /** Unreferenced blobs and temporary files. */
  leftovers: GcReport;
}

/** Removes broken generations and then what nothing needs. Only tells what it would do unless `dryRun` is false. */
export async function clear(catalog: Catalog, inUse: InUse, options: GcOptions = {}): Promise<ClearReport> {
  const dryRun = options.dryRun ?? true;
  const report: Omit<ClearReport, 'leftovers'> = { dryRun, broken: [], inUse: [] };
  const planned = await catalog.update('clearing', options.signal, async (index) => {
    const gone: Entry[] = [];
    for (const entry of index.entries) {
      const generation = await catalog.generation(entry);
      if (generation.state !== 'broken') continue;
      const nodes = await inUse(generation);
      if (nodes.length > 0) report.inUse.push({ generation, nodes });
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
  // Blobs go only once the index without them is on disk.
  return { ...report, leftovers: planned ?? (await gc(catalog, { ...options, dryRun })) };
}
