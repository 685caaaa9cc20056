/** `later` on top of `earlier`, two entries of cluster files for the same thing: single values are replaced, lists get longer, records are merged key by key. */
export function onTop<D extends object>(earlier: D, later: D): D {
  const result = { ...earlier } as Record<string, unknown>;
  for (const [key, value] of Object.entries(later)) {
    const before = Object.hasOwn(result, key) ? result[key] : undefined;
    if (value === undefined) continue;
    if (Array.isArray(value) && Array.isArray(before))
      result[key] = [...new Set([...(before as unknown[]), ...(value as unknown[])])];
    else if (isRecord(value) && isRecord(before) && RECORDS.has(key))
      result[key] = key === 'interfaces' ? mergeInterfaces(before, value) : { ...before, ...value };
    else result[key] = value;
  }
  return result as D;
}

const RECORDS = new Set(['tags', 'variables', 'interfaces', 'files', 'bmc']);

function mergeInterfaces(before: Record<string, unknown>, more: Record<string, unknown>) {
  const pairs = Object.entries(more).map(([name, one]) => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    return [name, isRecord(one) && isRecord(old) ? { ...old, ...one } : one];
  });
  return { ...before, ...(Object.fromEntries(pairs) as Record<string, unknown>) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
