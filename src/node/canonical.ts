/** One text for all documents that say the same. */
import { createHash } from 'node:crypto';

/** JSON with sorted keys, and without what is empty: two documents that say the same are the same text. */
export function canonical(document: unknown): string {
  return document === undefined ? '' : JSON.stringify(tidy(document));
}

/** Names what a document says: two that say the same have the same tag. */
export function tagOf(document: unknown): string {
  return createHash('sha256').update(canonical(document)).digest('hex').slice(0, 32);
}

/** Sorted keys; what says nothing (undefined, empty lists and records at the top) is left out. */
export function tidy(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((one) => tidy(one, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value)
    .filter(([, one]) => one !== undefined && !(depth === 0 && isEmpty(one)))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, one]) => [key, tidy(one, depth + 1)]));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
