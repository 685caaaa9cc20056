import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silent, task, type Sink } from '../system/events.ts';
import { Sandbox } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Catalog } from './catalog.ts';
import { compareTrees, type FileChange } from './compare-trees.ts';
import { comparePackages, type PackageChanges } from './packages.ts';
import type { Descriptor, Generation, Resolved } from './types.ts';
import { MEDIA } from './types.ts';

export interface DiffOptions {
  /** Most files listed; default 100,000. */
  limit?: number;
  /** Compare packages and kernel only; needs no root. */
  packagesOnly?: boolean;
  sink?: Sink;
  signal?: AbortSignal;
}

export interface Diff {
  before: Generation;
  after: Generation;
  packages: PackageChanges;
  kernel?: { before?: string; after?: string };
  arguments?: { before: string[]; after: string[] };
  /** By path. */
  files: FileChange[];
  /** There are more files than the limit. */
  truncated: boolean;
}

const LIMIT = 100_000;

/** What differs between two generations, also of different images. @throws SlipwayError as `Catalog.resolve`, `namespace/refused` */
export async function diff(
  catalog: Catalog,
  before: string,
  after: string,
  options: DiffOptions = {},
): Promise<Diff> {
  const [a, b] = [await catalog.resolve(before), await catalog.resolve(after)];
  const result: Diff = {
    before: a.generation,
    after: b.generation,
    packages: comparePackages(a.config.packages, b.config.packages),
    files: [],
    truncated: false,
  };
  const [old, now] = [a.config.kernel, b.config.kernel];
  if (old?.version !== now?.version) result.kernel = { before: old?.version, after: now?.version };
  if (old?.arguments.join('\n') !== now?.arguments.join('\n'))
    result.arguments = { before: old?.arguments ?? [], after: now?.arguments ?? [] };
  if (options.packagesOnly) return result;

  await task(options.sink ?? silent, `Comparing the files of ${before} and ${after}`, async () => {
    const limit = options.limit ?? LIMIT;
    for await (const change of fileChanges(catalog, a, b, options.signal)) {
      if (result.files.length >= limit) {
        result.truncated = true;
        break;
      }
      result.files.push(change);
    }
  });
  return result;
}

/** Files that differ, in order of their paths, one at a time. Both trees are mounted read-only in namespaces of their own. */
export async function* fileChanges(
  catalog: Catalog,
  before: Resolved,
  after: Resolved,
  signal?: AbortSignal,
): AsyncGenerator<FileChange> {
  const common = commonLayers(before.layers, after.layers);
  if (common === before.layers.length && common === after.layers.length) return;
  await using work = await workDirectory(catalog.paths, 'diff');
  await using a = await mountImage(catalog, join(work.path, 'a'), before);
  await using b = await mountImage(catalog, join(work.path, 'b'), after);
  yield* compareTrees(
    { tree: a, own: ownLayers(a, before.layers.length, common) },
    { tree: b, own: ownLayers(b, after.layers.length, common) },
    signal,
  );
}

/** Number of layers, from the lowest, that are the same on both sides. */
function commonLayers(a: Descriptor[], b: Descriptor[]): number {
  const differs = a.findIndex((layer, i) => layer.digest !== b[i]?.digest);
  return differs === -1 ? a.length : differs;
}

/** The tree of an image, read-only, in a namespace of its own. `directory`: to be made, on the disk of the catalog. */
export async function mountImage(catalog: Catalog, directory: string, image: Resolved): Promise<Sandbox> {
  await mkdir(directory);
  const lowers = image.layers.map((layer) => ({
    blob: catalog.blobPath(layer.digest),
    format: layer.mediaType === MEDIA.erofs ? ('erofs' as const) : ('squashfs' as const),
  }));
  return await Sandbox.open(catalog.paths, directory, lowers, false);
}

/** Host paths of the mounted layers from number `from` on. */
export function ownLayers(sandbox: Sandbox, count: number, from: number): string[] {
  const beside = sandbox.root.slice(0, -'merged'.length);
  return Array.from({ length: count - from }, (_, i) => `${beside}blob${from + i}`);
}
