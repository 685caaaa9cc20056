type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

/**
 * The one way to write a value as JSON: keys sorted by code unit, no spaces,
 * undefined members left out. The same value gives the same bytes and digest.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value as Json));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // Not an object literal: a key `__proto__` must stay a key.
  const result = Object.create(null) as { [key: string]: Json };
  for (const [key, member] of entries) result[key] = sorted(member as Json);
  return result;
}

/** Order by code unit, the same on every host, unlike localeCompare. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
