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

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * Looks at brackets outside of strings only: before anything is built from the text. Goes through it
 * once: a regular expression over strings runs out of stack at long ones, and out of time at open ones.
 */
function tooDeep(text: string): boolean {
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (OPENING.has(code)) {
      if (++depth > DEPTH) return true;
    } else if (CLOSING.has(code)) depth--;
  }
  return false;
}
