/** YAML on one line: JSON with bare words where YAML allows them without doubt. */

/** A word that YAML reads as text in every version: not `no`, not `0x1`, not `1e3`. */
export function plain(text: string): string {
  const bare = /^[a-z][a-z0-9_-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/.test(text);
  return bare ? text : JSON.stringify(text);
}

export function flow(value: unknown): string {
  if (typeof value === 'string') return plain(value);
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, one]) => `${plain(key)}: ${flow(one)}`);
  return pairs.length > 0 ? `{ ${pairs.join(', ')} }` : '{}';
}
