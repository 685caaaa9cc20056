/** A line with a clear password is never shown with a mistake, nor quoted in a message. */
import { reworded, SlipwayError } from '../system/errors.ts';
import { fail } from './errors.ts';

/** Runs `work` on `text`; its errors show no line that may have a secret in it. */
export function shownSafely<T>(text: string, file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const lines = text.split('\n');
    const veil = (one: SlipwayError) => veiled(one, lines, file);
    throw reworded(veil(error), { also: error.also.map(veil) });
  }
}

function veiled(error: SlipwayError, lines: readonly string[], file: string): SlipwayError {
  const { where } = error;
  const line = where?.line;
  if (!where || where.file !== file || line === undefined) return error;
  const hidden = { ...where, excerpt: { text: '(not shown: there is a password)', at: 0 } };
  const [before = '', here = '', after = ''] = [lines[line - 2], lines[line - 1], lines[line]];
  // The reader of YAML may quote what it found, and find it a line later.
  if (error.code.startsWith('yaml/') && [before, here, after].some((one) => /passw/i.test(one)))
    return fail('secret-line', {}, { where: hidden });
  // The value may stand below its key.
  const secret = /passw/i.test(here) || /passw[^:]*:\s*([|>&!].*)?$/i.test(before);
  return secret ? reworded(error, { where: hidden }) : error;
}
