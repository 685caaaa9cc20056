/** Values for templates: what JSON can say. */
import { z } from 'zod';

/** Levels of lists and maps in a value for templates. */
const DEPTH = 20;

/** What JSON can say; not as z.json() looks at it, which follows a value however deep it goes. */
export const VariableSchema = z.unknown().superRefine((value, context) => {
  const message = wrongValue(value, 0);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function wrongValue(value: unknown, depth: number): string | undefined {
  if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value))
    return undefined;
  const plain = typeof value === 'object' && value !== null;
  if (!plain || !(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype))
    return 'must be what JSON can say: text, number, true, false, null, a list or a map';
  if (depth >= DEPTH) return `must not have lists and maps more than ${DEPTH} levels deep`;
  if (Object.hasOwn(value, '__proto__')) return 'must not have a key __proto__';
  for (const one of Object.values(value)) {
    const found = wrongValue(one, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Its name. */
export const variableName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a word: a-z 0-9 _');
