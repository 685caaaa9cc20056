/**
 * What modes have made of generations, so that nodes can boot: a record each in `published`,
 * named by mode and digest, replaced whole. Its blobs are in the catalog, and stay as long as the record.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { syncDirectory, writeDurably } from '../system/durable.ts';
import { NAME } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { readRecord, recordText } from '../system/record-file.ts';
import { digestForm } from './digest-form.ts';
import type { Digest } from './types.ts';

const digest = digestForm();
const Part = z.strictObject({ digest, size: z.int().min(0) });

const Form = z.strictObject({
  mode: z.string().regex(NAME),
  /** Manifest of the generation. */
  image: digest,
  /** ISO time. */
  created: z.string(),
  /** What the mode made, by role. */
  blobs: z.record(z.string(), Part),
  /** How it was published: what the mode was asked for. */
  options: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Same key, same blobs. */
  key: z.string(),
});
export type Publication = z.output<typeof Form>;

/** Role of a blob that is not for everybody: only who has the token of a boot is given it. */
export const PRIVATE = 'private';

const FILE = /^([a-z0-9][a-z0-9._-]*)-([0-9a-f]{64})\.json$/;
const fileOf = (mode: string, image: Digest) => `${mode}-${image.slice('sha256:'.length)}.json`;

/** All records, and the names of those that cannot be read. */
export async function listPublications(
  paths: Paths,
  image?: Digest,
): Promise<{ publications: Publication[]; bad: string[] }> {
  const names = await readdir(paths.published).catch(() => [] as string[]);
  const publications: Publication[] = [];
  const bad: string[] = [];
  for (const name of names.toSorted()) {
    const [, mode, hex] = FILE.exec(name) ?? [];
    if (mode === undefined || (image && image !== `sha256:${hex}`)) continue;
    const found = await readRecord(join(paths.published, name), Form);
    if (found?.mode === mode && found.image === `sha256:${hex}`) publications.push(found);
    else bad.push(name);
  }
  return { publications, bad };
}

/** Replaces the record of this mode and image. The caller holds the catalog's lock, and has seen the blobs. */
export async function writePublication(paths: Paths, publication: Publication): Promise<void> {
  const file = join(paths.published, fileOf(publication.mode, publication.image));
  await writeDurably(file, recordText(publication));
}

/** Takes a record away; its blobs go with the next gc. */
export async function removePublication(paths: Paths, mode: string, image: Digest): Promise<void> {
  await rm(join(paths.published, fileOf(mode, image)), { force: true });
  await syncDirectory(paths.published).catch(() => {});
}

/** Removes what killed writers left. */
export async function sweepPublications(paths: Paths): Promise<void> {
  const names = await readdir(paths.published).catch(() => [] as string[]);
  for (const name of names)
    if (name.startsWith('.tmp-')) await rm(join(paths.published, name), { force: true });
}
