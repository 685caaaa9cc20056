import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silent, type Sink } from '../system/events.ts';
import type { Catalog } from './catalog.ts';
import { fail } from './errors.ts';
import type { Index } from './index-file.ts';
import { listPublications, removePublication, sweepPublications } from './publications.ts';
import { reachable } from './reachable.ts';
import type { Digest } from './types.ts';

/** Seconds that a blob stays without being referenced: a build adds its blobs before it publishes. */
const GRACE = 24 * 3600;

export interface GcOptions {
  /** Seconds; default {@link GRACE}. */
  grace?: number;
  /** Only report. */
  dryRun?: boolean;
  /** Digests of manifests that stay with all their blobs, such as those that nodes are assigned to. */
  roots?: Iterable<Digest>;
  /** Digests of blobs that stay, such as those of a build cache. */
  keep?: Iterable<Digest>;
  sink?: Sink;
  signal?: AbortSignal;
}

export interface GcReport {
  dryRun: boolean;
  /** Unreferenced blobs that were, or would be, removed. */
  blobs: Digest[];
  /** Temporary files of killed commands, by path in the catalog. */
  temporary: string[];
  /** Freed by both. */
  bytes: number;
  /** What stays: referenced blobs and those still within the grace time. */
  kept: { blobs: number; bytes: number };
  /** Manifests that cannot be read: as long as there are any, no blob is removed, for one of them may need it. */
  unreadable: Digest[];
}

/** Removes blobs that nothing needs and leftovers of killed commands, both older than the grace time. */
export async function gc(catalog: Catalog, options: GcOptions = {}): Promise<GcReport> {
  return await catalog.update(
    'collecting unused blobs',
    options.signal,
    async (index) => await sweep(catalog, index, options),
  );
}

/** The same for an index that the caller, who holds the catalog's lock, will write or has changed. */
export async function sweep(catalog: Catalog, index: Index, options: GcOptions): Promise<GcReport> {
  const { digests, unreadable } = await reachable(catalog, index, options.roots);
  for (const digest of options.keep ?? []) digests.add(digest);
  const dryRun = options.dryRun ?? false;
  for (const digest of await published(catalog, index, options)) digests.add(digest);
  const report: GcReport = {
    dryRun,
    blobs: [],
    temporary: [],
    bytes: 0,
    kept: { blobs: 0, bytes: 0 },
    unreadable,
  };
  const before = Date.now() - (options.grace ?? GRACE) * 1000;

  for (const name of await catalog.blobs.names()) {
    options.signal?.throwIfAborted();
    const path = catalog.blobs.file(name);
    const info = await lstat(path).catch(() => undefined);
    if (!info?.isFile()) continue;
    const old = info.mtimeMs <= before;
    if (name.startsWith('.tmp-')) {
      if (!old) continue;
      report.temporary.push(`blobs/sha256/${name}`);
    } else if (/^[0-9a-f]{64}$/.test(name)) {
      const digest: Digest = `sha256:${name}`;
      if (!old || digests.has(digest) || unreadable.length > 0) {
        report.kept.blobs++;
        report.kept.bytes += info.size;
        continue;
      }
      report.blobs.push(digest);
    } else continue; // Not ours.
    report.bytes += info.size;
    if (!dryRun) await rm(path, { force: true });
  }
  await sweepTop(catalog, before, report);
  if (!dryRun) for (const digest of report.blobs) await catalog.blobs.markCorrupt(digest, false);
  if (unreadable.length > 0)
    (options.sink ?? silent)({
      event: 'notice',
      level: 'warning',
      message: `No blob is collected: ${unreadable.length} manifests cannot be read (slipway image ls shows which images are broken; slipway image clear removes them)`,
    });
  return report;
}

/** Blobs that modes have made. Records of generations that are gone go too, as `clear` leaves them. @throws SlipwayError `image/bad-publication` */
async function published(catalog: Catalog, index: Index, { roots, dryRun }: GcOptions): Promise<Digest[]> {
  const { publications, bad } = await listPublications(catalog.paths);
  const [file] = bad;
  if (file !== undefined) throw fail('bad-publication', { path: join(catalog.paths.published, file) });
  const known = new Set([...index.entries.map((entry) => entry.digest), ...(roots ?? [])]);
  for (const { mode, image } of publications)
    if (!known.has(image) && !dryRun) await removePublication(catalog.paths, mode, image);
  if (!dryRun) await sweepPublications(catalog.paths);
  return publications
    .filter(({ image }) => known.has(image))
    .flatMap(({ blobs }) => Object.values(blobs).map((blob) => blob.digest));
}

/** Leftovers of index writes. */
async function sweepTop(catalog: Catalog, before: number, report: GcReport): Promise<void> {
  for (const name of await readdir(catalog.paths.catalog)) {
    if (!name.startsWith('.tmp-')) continue;
    const path = join(catalog.paths.catalog, name);
    const info = await lstat(path).catch(() => undefined);
    if (!info?.isFile() || info.mtimeMs > before) continue;
    report.temporary.push(name);
    report.bytes += info.size;
    if (!report.dryRun) await rm(path, { force: true });
  }
}
