/** What publishing in any way has in common: the record of what a mode made, and a full disk. */
import type { Catalog } from '../image/catalog.ts';
import { fail as imageFail, withSpace } from '../image/errors.ts';
import { writePublication, type Publication } from '../image/publications.ts';
import type { Resolved } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import { diskFull } from '../system/disk-full.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import type { Made, Mode } from './mode.ts';

export interface Publisher {
  installation: Installation;
  catalog: Catalog;
  sink: Sink;
  signal?: AbortSignal;
}

/** Under the catalog's lock, so that no blob is collected before its record is there. */
export async function record(
  publisher: Publisher,
  image: Resolved,
  mode: Mode,
  made: Made,
): Promise<Publication> {
  const { catalog, signal } = publisher;
  const { name, generation, digest } = image.generation;
  const publication = { mode: mode.name, image: digest, created: new Date().toISOString(), ...made };
  const label = `${name}:${generation}`;
  await catalog.update(`publishing ${label}`, signal, async () => {
    for (const part of Object.values(made.blobs))
      if ((await catalog.blobs.size(part.digest)) !== part.size)
        throw imageFail('missing-blob', { digest: part.digest, ref: label });
    await withSpace(catalog.paths.published, () => writePublication(catalog.paths, publication));
  });
  await mode.recorded?.({ ...publisher, image, publication, published: true });
  return publication;
}

/** A full disk in our words and not in those of some tool. */
export async function withDisk<T>({ catalog }: Publisher, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!diskFull(error) || (error instanceof SlipwayError && error.code.startsWith('livenet/'))) throw error;
    throw imageFail('no-space', { path: catalog.paths.state }, { cause: error });
  }
}
