import type { Catalog } from './catalog.ts';
import { unknownImage } from './lookup.ts';
import { comparePackages, type PackageChanges } from './packages.ts';
import type { Generation, ImageConfig } from './types.ts';

/** What a generation changed against the one before it that is still there. */
export interface HistoryChange {
  packages: PackageChanges;
  /** Titles of the layers that the generation before did not have. */
  layers: string[];
  /** Bytes of those layers: what a node or registry that has the one before must fetch. */
  newBytes: number;
  kernel?: { before?: string; after?: string };
  arguments?: { before: string[]; after: string[] };
}

export interface HistoryEntry extends Generation {
  date?: string;
  description?: string;
  /** Missing for the oldest, and where one of the two cannot be read. */
  changed?: HistoryChange;
}

/** Generations of one image, the newest first. @throws SlipwayError `image/unknown` */
export async function history(catalog: Catalog, name: string): Promise<HistoryEntry[]> {
  const generations = await catalog.generations(name);
  if (generations.length === 0) throw unknownImage(await catalog.index(), name);
  const entries: HistoryEntry[] = [];
  let before: ImageConfig | undefined;
  for (const generation of generations) {
    const config = await readable(catalog, generation);
    entries.push({
      ...generation,
      date: config?.date,
      description: config?.description,
      changed: before && config && changeBetween(before, config),
    });
    before = config ?? before;
  }
  return entries.toReversed();
}

function changeBetween(before: ImageConfig, after: ImageConfig): HistoryChange {
  const had = new Set(before.layers.map((l) => l.digest));
  const fresh = after.layers.filter((l) => !had.has(l.digest));
  const change: HistoryChange = {
    packages: comparePackages(before.packages, after.packages),
    layers: fresh.map((l) => l.title),
    newBytes: fresh.reduce((sum, l) => sum + l.size, 0),
  };
  if (before.kernel?.version !== after.kernel?.version)
    change.kernel = { before: before.kernel?.version, after: after.kernel?.version };
  const [was, is] = [before.kernel?.arguments ?? [], after.kernel?.arguments ?? []];
  if (was.join('\n') !== is.join('\n')) change.arguments = { before: was, after: is };
  return change;
}

/** The config of a generation; nothing if it is too broken to tell. */
async function readable(catalog: Catalog, generation: Generation): Promise<ImageConfig | undefined> {
  const ref = `${generation.name}:${generation.generation}`;
  try {
    return await catalog.config(await catalog.manifest(generation.digest, ref), ref);
  } catch {
    return undefined;
  }
}
