import { closest } from '../system/closest.ts';
import { fail } from './errors.ts';
import type { Entry, Index } from './index-file.ts';
import { parseReference } from './reference.ts';

/** The entry that a reference stands for. @throws SlipwayError `image/unknown`, `image/ambiguous`, `image/bad-reference` */
export function findEntry(index: Index, ref: string): Entry {
  const parsed = parseReference(ref);
  if (parsed.kind === 'digest') return byDigest(index, parsed.prefix, ref);
  const same = index.entries.filter((e) => e.name === parsed.name);
  if (same.length === 0 && /^[0-9a-f]{6,64}$/.test(ref)) return byDigest(index, ref, ref);
  const entry = same.find((e) =>
    parsed.kind === 'number' ? e.number === parsed.number : e.tags.includes(parsed.tag),
  );
  if (!entry) throw unknown(index, ref, parsed.name, parsed.kind === 'tag' ? parsed.tag : undefined);
  return entry;
}

/** As {@link findEntry}, for what changes an entry: a digest that several images have leaves open which one. */
export function findOne(index: Index, ref: string): Entry {
  const entry = findEntry(index, ref);
  if (!/^(sha256:)?[0-9a-f]+$/.test(ref) || entry.name === ref) return entry;
  const same = index.entries.filter((e) => e.digest === entry.digest);
  if (same.length > 1) throw fail('ambiguous', { ref, all: labels(same) });
  return entry;
}

function byDigest(index: Index, prefix: string, ref: string): Entry {
  const found = index.entries.filter((e) => e.digest.startsWith(`sha256:${prefix}`));
  const digests = new Set(found.map((e) => e.digest));
  if (digests.size > 1) throw fail('ambiguous', { ref, all: labels(found) });
  const [first] = found; // One digest under several names is one image: any of them will do.
  if (!first) throw fail('unknown', { ref, near: '' });
  return first;
}

/** The error with the nearest thing that there is. */
function unknown(index: Index, ref: string, name: string, tag: string | undefined): Error {
  const same = index.entries.filter((e) => e.name === name);
  const last = same.at(-1);
  let near: string | undefined;
  if (last) {
    const tags = same.flatMap((e) => e.tags);
    const other = tag === undefined ? undefined : closest(tag, tags);
    near = `${name}:${other ?? (last.tags.includes('latest') ? 'latest' : last.number)}`;
  } else near = closest(name, [...new Set(index.entries.map((e) => e.name))]);
  return fail('unknown', { ref, near: near ? `Did you mean ${near}? ` : '' });
}

/** The error for an image name that is not there. */
export function unknownImage(index: Index, name: string): Error {
  parseReference(name);
  return unknown(index, name, name, undefined);
}

function labels(entries: readonly Entry[]): string {
  return entries.map((e) => `${e.name}:${e.number}`).join(', ');
}
