import { constants } from 'node:fs';
import { copyFile, lstat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { silent, task, type Sink } from '../system/events.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Catalog } from './catalog.ts';
import { register, setTag } from './entries.ts';
import { fail, withSpace } from './errors.ts';
import type { Entry } from './index-file.ts';
import { Layout, type Found } from './layout.ts';
import { checkImageName } from './reference.ts';
import type { Digest, Generation } from './types.ts';
import { unpackLayout } from './unpack-layout.ts';

export interface ImportOptions {
  /** Name of the image, whatever the layout says. */
  name?: string;
  sink?: Sink;
  signal?: AbortSignal;
}

/**
 * Takes the images of an OCI image layout, a directory or a tar file of one, into the catalog. Every size and
 * digest is checked before anything is entered. Generations get the next numbers; tags, also `latest`, are set
 * only where the image has no such tag yet: an import never changes what nodes boot.
 * @throws SlipwayError `image/bad-layout`, `image/wrong-digest`, `image/no-space`
 */
export async function importImages(
  catalog: Catalog,
  source: string,
  options: ImportOptions = {},
): Promise<Generation[]> {
  const path = resolve(source);
  if (options.name !== undefined) checkImageName(options.name);
  const info = await lstat(path).catch(() => undefined);
  if (!info?.isFile() && !info?.isDirectory())
    throw fail('bad-layout', {
      path,
      reason: info ? 'It is neither a file nor a directory.' : 'It does not exist.',
    });
  return await task(options.sink ?? silent, `Importing ${basename(path)}`, async () => {
    await using work = await workDirectory(catalog.paths, 'import');
    return await withSpace(catalog.paths.catalog, async () => {
      if (info.isDirectory()) return await take(catalog, new Layout(path, path), work.path, true, options);
      const unpacked = join(work.path, 'layout');
      await unpackLayout(path, unpacked, options.signal);
      return await take(catalog, new Layout(unpacked, path), work.path, false, options);
    });
  });
}

/** `copy`: the files are somebody's and stay; without it they are ours and become the blobs. */
async function take(
  catalog: Catalog,
  layout: Layout,
  work: string,
  copy: boolean,
  options: ImportOptions,
): Promise<Generation[]> {
  const found: Found[] = [];
  for (const candidate of await layout.candidates()) {
    const image = await layout.read(candidate);
    if (image) found.push(image);
    else
      options.sink?.({
        event: 'notice',
        level: 'info',
        message: `Left out ${candidate.digest}: not a Slipway image`,
      });
  }
  if (found.length === 0) throw layout.wrong('It holds no image that Slipway built.');

  const taken = new Set<Digest>();
  for (const { manifest, digest, size } of found)
    for (const part of [...manifest.layers, manifest.config, { digest, size }]) {
      options.signal?.throwIfAborted();
      if (taken.has(part.digest)) continue;
      let file = await layout.blob(part);
      if (copy) {
        const ours = join(work, part.digest.slice('sha256:'.length));
        await copyFile(file, ours, constants.COPYFILE_FICLONE);
        file = ours;
      }
      await catalog.adoptBlob(file, options.signal, part.digest);
      taken.add(part.digest);
    }

  return await catalog.update('importing', options.signal, async (index) => {
    const entries = new Set<Entry>();
    for (const { digest, size, tags, manifest, config, name: given } of found) {
      const name = checkImageName(options.name ?? given ?? config.name);
      await catalog.checkParts(manifest, name);
      entries.add(register(index, name, { digest, size }, { tags, move: false }));
    }
    for (const entry of [...entries].toReversed())
      if (!index.entries.some((e) => e.name === entry.name && e.tags.includes('latest')))
        setTag(index, entry, 'latest');
    return await Promise.all([...entries].map((entry) => catalog.generation(entry)));
  });
}
