/** Names in the initramfs of an image, kept in the cache: unpacking one takes longer than all else that asks for them. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Catalog } from '../image/catalog.ts';
import type { Digest } from '../image/types.ts';
import { writeDurably } from '../system/durable.ts';
import { initramfsNames } from './names.ts';

const Names = z.array(z.string());

/** As {@link initramfsNames}, of a blob of the catalog. */
export async function namesInInitramfs(
  catalog: Catalog,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Set<string> | undefined> {
  const directory = join(catalog.paths.cache, 'initramfs');
  const file = join(directory, `${digest.slice('sha256:'.length)}.json`);
  const known = await readFile(file, 'utf8').then(parse, () => undefined);
  if (known) return new Set(known);
  const names = await initramfsNames(catalog.blobPath(digest), signal);
  if (!names) return undefined;
  try {
    await mkdir(directory, { recursive: true });
    await forget(catalog, directory);
    await writeDurably(file, JSON.stringify([...names]));
  } catch {
    // A full disk: the next one who asks waits again.
  }
  return names;
}

/** Removes what is kept of blobs that are gone. */
async function forget(catalog: Catalog, directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const hex = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
    if (hex === undefined || (await catalog.blobs.size(`sha256:${hex}`)) !== undefined) continue;
    await rm(join(directory, name), { force: true });
  }
}

function parse(text: string): string[] | undefined {
  try {
    return Names.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
