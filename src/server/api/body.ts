/** JSON bodies of strangers. */
import { fail } from './errors.ts';

/** Nothing that is sent needs more. */
const DEPTH = 40;

/** @throws SlipwayError `api/bad-request` */
export function parseBody(text: string): unknown {
  if (text === '') return undefined;
  if (tooDeep(text)) throw fail('bad-request', { reason: 'its JSON is nested too deep' });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw fail('bad-request', { reason: 'its body is not JSON' });
  }
}

/** Looks at brackets outside of strings only: before anything is built from the text. */
function tooDeep(text: string): boolean {
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth++;
    else if (token === ']' || token === '}') depth--;
    if (depth > DEPTH) return true;
  }
  return false;
}
