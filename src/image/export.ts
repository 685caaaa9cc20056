import { constants, existsSync } from 'node:fs';
import { copyFile, link, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { syncDirectory, syncFile, temporaryBeside } from '../system/durable.ts';
import { silent, task, type Sink } from '../system/events.ts';
import { run } from '../system/process.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Catalog } from './catalog.ts';
import { fail, withSpace } from './errors.ts';
import { formatIndex, type Entry } from './index-file.ts';
import { findEntry } from './lookup.ts';
import type { Digest } from './types.ts';
import { verify } from './verify.ts';

export interface ExportOptions {
  sink?: Sink;
  signal?: AbortSignal;
}

/**
 * Writes generations with their numbers and tags as an OCI image layout: one tar file if `target` ends in `.tar`,
 * else a directory. Every blob is verified first. The same generations give the same tar file.
 * @throws SlipwayError `image/unknown`, `image/corrupt`, `image/export-exists`, `image/no-space`
 */
export async function exportImages(
  catalog: Catalog,
  refs: readonly string[],
  target: string,
  options: ExportOptions = {},
): Promise<{ images: string[]; bytes: number }> {
  const path = resolve(target);
  if (existsSync(path)) throw fail('export-exists', { path });
  const index = await catalog.index();
  const entries = [...new Set(refs.map((ref) => findEntry(index, ref)))];
  const report = await verify(catalog, entries.map((e) => `${e.name}:${e.number}`), options); // prettier-ignore
  const bad = report.bad[0];
  if (bad) {
    const [first] = bad.affects;
    throw fail('corrupt', { digest: bad.digest, ref: `${first?.image}, ${first?.part}`, reason: bad.detail });
  }
  const digests = await blobsOf(catalog, entries);
  return await task(options.sink ?? silent, `Exporting to ${basename(path)}`, async () => {
    const text = formatIndex({ entries, last: new Map(), foreign: [] });
    await withSpace(path, () =>
      (path.endsWith('.tar') ? toTar : toDirectory)(catalog, text, digests, path, options.signal),
    );
    return { images: report.images, bytes: report.bytes };
  });
}

async function blobsOf(catalog: Catalog, entries: Entry[]): Promise<Digest[]> {
  const digests = new Set<Digest>();
  for (const { digest, name, number } of entries) {
    const manifest = await catalog.manifest(digest, `${name}:${number}`);
    for (const one of [digest, manifest.config.digest, ...manifest.layers.map((l) => l.digest)])
      digests.add(one);
  }
  return [...digests].toSorted();
}

async function toDirectory(
  catalog: Catalog,
  index: string,
  digests: Digest[],
  path: string,
  signal?: AbortSignal,
) {
  const temporary = temporaryBeside(path);
  try {
    // A copy, not a link: what is given away must not share its files with the catalog.
    await layOut(temporary, index, digests, async (digest, to) => {
      signal?.throwIfAborted();
      await copyFile(catalog.blobPath(digest), to, constants.COPYFILE_FICLONE);
      await syncFile(to);
    });
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function toTar(catalog: Catalog, index: string, digests: Digest[], path: string, signal?: AbortSignal) {
  await using stage = await workDirectory(catalog.paths, 'export');
  const temporary = temporaryBeside(path);
  try {
    await layOut(join(stage.path, 'layout'), index, digests, async (digest, to) => {
      await link(catalog.blobPath(digest), to).catch(() => copyFile(catalog.blobPath(digest), to));
    });
    const same = [
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mode=a=r,u+w,a+X',
      '--mtime=@0',
      '--format=gnu',
    ];
    const argv = [
      'tar',
      '--create',
      '--force-local',
      '--file',
      temporary,
      '--directory',
      join(stage.path, 'layout'),
      ...same,
    ];
    await run([...argv, 'oci-layout', 'index.json', 'blobs'], { signal }).catch(
      async (error: Error & { output?: string }) => {
        throw error.output?.includes('No space left') ? fail('no-space', { path }, { cause: error }) : error;
      },
    );
    await syncFile(temporary);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

async function layOut(
  directory: string,
  index: string,
  digests: Digest[],
  place: (digest: Digest, to: string) => Promise<void>,
) {
  const blobs = join(directory, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const digest of digests) await place(digest, join(blobs, digest.slice('sha256:'.length)));
  await writeFile(join(directory, 'index.json'), index, { flush: true });
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n', { flush: true });
}
