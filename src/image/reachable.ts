import type { Catalog } from './catalog.ts';
import type { Index } from './index-file.ts';
import type { Digest } from './types.ts';

/** Most manifests followed: an index of indexes by others could go on for ever. */
const LIMIT = 100_000;

export interface Reachable {
  digests: Set<Digest>;
  /** Manifests that are named but cannot be read: what they need is unknown. */
  unreadable: Digest[];
}

/** All blobs that the index and `roots` (digests of manifests) need, also through manifests of others. A root that is not there needs nothing. */
export async function reachable(
  catalog: Catalog,
  index: Index,
  roots: Iterable<Digest> = [],
): Promise<Reachable> {
  const result: Reachable = { digests: new Set(), unreadable: [] };
  const todo: Digest[] = index.entries.map((e) => e.digest);
  for (const root of roots) if ((await catalog.blobs.size(root)) !== undefined) todo.push(root);
  for (const foreign of index.foreign) {
    if (/(manifest|index|list)\b/.test(foreign.mediaType)) todo.push(foreign.digest);
    else result.digests.add(foreign.digest);
  }
  const seen = new Set<Digest>();
  for (let digest = todo.pop(); digest !== undefined; digest = todo.pop()) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    result.digests.add(digest);
    const manifest = seen.size > LIMIT ? undefined : await readLoosely(catalog, digest);
    if (!manifest) {
      result.unreadable.push(digest);
      continue;
    }
    for (const part of [
      manifest.config,
      manifest.subject,
      ...list(manifest.layers),
      ...list(manifest.blobs),
    ]) {
      const found = digestIn(part);
      if (found) result.digests.add(found);
    }
    todo.push(...list(manifest.manifests).flatMap((m) => digestIn(m) ?? []));
  }
  return result;
}

type Loose = Record<'config' | 'subject' | 'layers' | 'blobs' | 'manifests', unknown>;

async function readLoosely(catalog: Catalog, digest: Digest): Promise<Loose | undefined> {
  try {
    const value: unknown = JSON.parse((await catalog.blobs.read(digest, digest)).toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Loose) : undefined;
  } catch {
    return undefined;
  }
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function digestIn(value: unknown): Digest | undefined {
  const digest = (value as { digest?: unknown } | undefined)?.digest;
  return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? (digest as Digest) : undefined;
}
