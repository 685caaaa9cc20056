/** How the input of an operation travels over HTTP: path, query and body. Both ends use this. */
import { z } from 'zod';
import type { Operation } from './operation.ts';

export const PREFIX = '/api/v1';

/** Keys that stand in the path. */
export function pathKeys(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, key]) => key ?? '');
}

export function hasBody({ method }: Pick<Operation, 'method'>): boolean {
  return method !== 'GET' && method !== 'DELETE';
}

/** The request for an input. */
export function toRequest(
  one: Operation,
  input: Readonly<Record<string, unknown>>,
): { path: string; body?: string } {
  const keys = pathKeys(one.path);
  const path = one.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(String(input[key])));
  const rest = Object.entries(input).filter(([key, value]) => !keys.includes(key) && value !== undefined);
  if (hasBody(one)) return { path: PREFIX + path, body: JSON.stringify(Object.fromEntries(rest)) };
  const query = new URLSearchParams();
  for (const [key, value] of rest)
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) query.append(key, String(item));
  const text = query.toString();
  return { path: PREFIX + path + (text && `?${text}`) };
}

/** The query of a request as values: text becomes what the schema has there, and stays text where it cannot. */
export function fromQuery(one: Pick<Operation, 'input'>, query: URLSearchParams): Record<string, unknown> {
  const pairs = [...new Set(query.keys())].map((key): [string, unknown] => {
    const all = query.getAll(key);
    const { shape } = one.input;
    const schema = bare(Object.hasOwn(shape, key) ? (shape[key] as z.ZodType) : undefined);
    if (schema instanceof z.ZodArray) return [key, all];
    return [key, all.length > 1 ? all : typed(schema, all[0] ?? '')];
  });
  // Makes own properties of all keys, `__proto__` too.
  return Object.fromEntries(pairs);
}

function typed(schema: z.ZodType | undefined, text: string): unknown {
  if (schema instanceof z.ZodNumber && /^-?\d{1,16}(\.\d{1,9})?$/.test(text)) return Number(text);
  if (schema instanceof z.ZodBoolean && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Without `optional` and `default` around it. */
function bare(schema: z.ZodType | undefined): z.ZodType | undefined {
  let here = schema;
  while (here instanceof z.ZodOptional || here instanceof z.ZodDefault || here instanceof z.ZodPrefault)
    here = here.unwrap() as z.ZodType;
  return here;
}
