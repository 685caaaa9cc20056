import { lstat } from 'node:fs/promises';
import { silent, task, type Sink } from '../system/events.ts';
import { hashFile } from './blobs.ts';
import type { Catalog } from './catalog.ts';
import { partsOf } from './manifest.ts';
import { findEntry } from './lookup.ts';
import { listPublications } from './publications.ts';
import type { Entry } from './index-file.ts';
import type { Digest } from './types.ts';

/** One blob that is not what its name says. */
export interface BadBlob {
  digest: Digest;
  problem: 'missing' | 'size' | 'content' | 'unreadable';
  /** For people: the sizes, the digest found, the error of the disk. */
  detail: string;
  /** What it is to each image that has it, such as `compute:3` and `layer 2 of 4 (packages: htop)`. */
  affects: { image: string; part: string }[];
}

export interface VerifyReport {
  images: string[];
  blobs: number;
  bytes: number;
  bad: BadBlob[];
}

interface Part {
  digest: Digest;
  size: number;
  affects: BadBlob['affects'];
}

/**
 * Reads every blob of some references, or of the whole catalog, and compares size and SHA-256.
 * A blob found corrupt is remembered: its images are `broken` until the blob is replaced or found good again.
 * Does not throw for what it finds. @throws SlipwayError `image/unknown`
 */
export async function verify(
  catalog: Catalog,
  refs?: readonly string[],
  options: { sink?: Sink; signal?: AbortSignal } = {},
): Promise<VerifyReport> {
  const index = await catalog.index();
  const entries = refs ? refs.map((ref) => findEntry(index, ref)) : index.entries;
  return await task(options.sink ?? silent, `Verifying ${entries.length} images`, async ({ id }) => {
    const report: VerifyReport = { images: entries.map(label), blobs: 0, bytes: 0, bad: [] };
    const todo = new Map<Digest, Part>();
    for (const entry of entries) await collect(catalog, entry, todo);
    const total = [...todo.values()].reduce((sum, part) => sum + part.size, 0);
    for (const part of todo.values()) {
      const bad = await check(catalog, part, options.signal);
      await catalog.blobs.markCorrupt(
        part.digest,
        bad?.problem === 'content' || bad?.problem === 'unreadable',
      );
      if (bad) report.bad.push(bad);
      report.blobs++;
      report.bytes += part.size;
      options.sink?.({ event: 'task-progress', id, done: report.bytes, total, unit: 'bytes' });
    }
    return report;
  });
}

/** Adds the manifest of an entry and all that it names. */
async function collect(catalog: Catalog, entry: Entry, todo: Map<Digest, Part>): Promise<void> {
  const add = (digest: Digest, size: number, part: string) => {
    const known = todo.get(digest) ?? { digest, size, affects: [] };
    known.affects.push({ image: label(entry), part });
    todo.set(digest, known);
  };
  add(entry.digest, entry.size, 'manifest');
  const manifest = await catalog.manifest(entry.digest, label(entry)).catch(() => undefined);
  if (!manifest) return; // The manifest itself is reported.
  add(manifest.config.digest, manifest.config.size, 'config');
  const { layers, kernel, initramfs } = partsOf(manifest);
  for (const [i, layer] of layers.entries()) {
    const title = layer.annotations?.['org.opencontainers.image.title'];
    add(layer.digest, layer.size, `layer ${i + 1} of ${layers.length}${title ? ` (${title})` : ''}`);
  }
  if (kernel) add(kernel.digest, kernel.size, 'kernel');
  if (initramfs) add(initramfs.digest, initramfs.size, 'initramfs');
  const { publications } = await listPublications(catalog.paths, entry.digest);
  for (const { mode, blobs } of publications)
    for (const [role, { digest, size }] of Object.entries(blobs))
      add(digest, size, `${role} of mode ${mode}`);
}

async function check(catalog: Catalog, part: Part, signal?: AbortSignal): Promise<BadBlob | undefined> {
  const { digest, size, affects } = part;
  const path = catalog.blobPath(digest);
  const info = await lstat(path).catch(() => undefined);
  if (!info) return { digest, problem: 'missing', detail: 'The file is not there.', affects };
  if (!info.isFile()) return { digest, problem: 'content', detail: 'It is not a regular file.', affects };
  if (info.size !== size)
    return { digest, problem: 'size', detail: `It has ${info.size} bytes instead of ${size}.`, affects };
  try {
    const found = await hashFile(path, signal);
    if (found.digest === digest) return undefined;
    return { digest, problem: 'content', detail: `Its content has the digest ${found.digest}.`, affects };
  } catch (error) {
    signal?.throwIfAborted();
    return { digest, problem: 'unreadable', detail: (error as Error).message, affects };
  }
}

function label(entry: Entry): string {
  return `${entry.name}:${entry.number}`;
}
