/**
 * index.json of the catalog: one entry a reference name, `NAME:NUMBER` for each
 * generation and `NAME:TAG` for each tag, as OCI wants it, so that
 * `skopeo copy oci:CATALOG:NAME:TAG` finds them. Entries that something else
 * wrote are kept as they are. Annotations of the index hold the highest number
 * each image ever had.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../system/durable.ts';
import { NAME } from '../system/names.ts';
import { byText, canonicalJson } from './canonical.ts';
import { digestForm } from './digest-form.ts';
import { fail, withSpace } from './errors.ts';
import { ANNOTATION, MEDIA, type Descriptor, type Digest } from './types.ts';

/** One generation as the index knows it. */
export interface Entry {
  name: string;
  number: number;
  /** Sorted; `latest` among them where it points here. */
  tags: string[];
  digest: Digest;
  /** Bytes of the manifest. */
  size: number;
  created: string;
}

export interface Index {
  entries: Entry[];
  /** Highest number ever given, by image: numbers are never given twice. */
  last: Map<string, number>;
  /** Entries that are not of ours: a digest's blobs stay. */
  foreign: Descriptor[];
}

const LAST = 'vnd.slipway.last.';

const IndexSchema = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(
    z.looseObject({
      mediaType: z.string(),
      digest: digestForm('must be a sha256 digest'),
      size: z.int().min(0),
      annotations: z.record(z.string(), z.string()).optional(),
    }),
  ),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** Reads the index of the catalog in `directory`; empty if there is none. @throws SlipwayError `image/bad-index` */
export async function readIndex(directory: string): Promise<Index> {
  const path = join(directory, 'index.json');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return { entries: [], last: new Map(), foreign: [] };
  return parseIndex(text, (reason) => fail('bad-index', { path, reason }));
}

/** Parses an index; `wrong` makes the error for one that cannot be used. */
export function parseIndex(text: string, wrong: (reason: string) => Error): Index {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const parsed = IndexSchema.safeParse(value);
  if (!parsed.success) throw wrong(z.prettifyError(parsed.error).replaceAll('\n', '; '));

  const index: Index = { entries: [], last: new Map(), foreign: [] };
  const tags: { name: string; tag: string; descriptor: Descriptor }[] = [];
  for (const descriptor of parsed.data.manifests) {
    const [name = '', tag = '', ...rest] = (descriptor.annotations?.[ANNOTATION.ref] ?? '').split(':');
    const number = Number(descriptor.annotations?.[ANNOTATION.generation]);
    if (!NAME.test(name) || !NAME.test(tag) || rest.length > 0 || !Number.isSafeInteger(number) || number < 1)
      index.foreign.push(descriptor);
    else if (tag === String(number)) {
      const created = descriptor.annotations?.[ANNOTATION.created] ?? '';
      index.entries.push({
        name,
        number,
        tags: [],
        digest: descriptor.digest,
        size: descriptor.size,
        created,
      });
    } else tags.push({ name, tag, descriptor });
  }
  for (const { name, tag, descriptor } of tags) {
    const number = Number(descriptor.annotations?.[ANNOTATION.generation]);
    const entry = index.entries.find(
      (e) => e.name === name && e.number === number && e.digest === descriptor.digest,
    );
    if (entry) entry.tags.push(tag);
    else index.foreign.push(descriptor);
  }
  for (const [key, number] of Object.entries(parsed.data.annotations ?? {}))
    if (key.startsWith(LAST)) index.last.set(key.slice(LAST.length), Number(number) || 0);
  for (const entry of index.entries) {
    entry.tags.sort(byText);
    index.last.set(entry.name, Math.max(entry.number, index.last.get(entry.name) ?? 0));
  }
  index.entries.sort(inOrder);
  return index;
}

/** Replaces the index durably: readers see the old or the new one. The caller holds the catalog's lock. */
export async function writeIndex(directory: string, index: Index): Promise<void> {
  const path = join(directory, 'index.json');
  await withSpace(path, () => writeDurably(path, formatIndex(index)));
}

/** The text of an index. */
export function formatIndex(index: Index): string {
  const manifests = [...index.foreign];
  for (const entry of index.entries.toSorted(inOrder))
    for (const tag of [String(entry.number), ...entry.tags.toSorted(byText)])
      manifests.push(descriptorOf(entry, tag));
  const annotations: Record<string, string> = {};
  for (const [name, number] of index.last) annotations[`${LAST}${name}`] = String(number);
  return `${canonicalJson({ schemaVersion: 2, mediaType: MEDIA.index, manifests, annotations })}\n`;
}

function descriptorOf(entry: Entry, tag: string): Descriptor & { artifactType: string } {
  return {
    mediaType: MEDIA.manifest,
    artifactType: MEDIA.artifact,
    digest: entry.digest,
    size: entry.size,
    annotations: {
      [ANNOTATION.ref]: `${entry.name}:${tag}`,
      [ANNOTATION.created]: entry.created,
      [ANNOTATION.generation]: String(entry.number),
    },
  };
}

/** By name, then from the oldest to the newest. */
function inOrder(a: Entry, b: Entry): number {
  return byText(a.name, b.name) || a.number - b.number;
}
