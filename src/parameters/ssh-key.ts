import { resolve } from 'node:path';
import { SlipwayError } from '../system/errors.ts';
import { newBudget, readText, named } from '../recipe/read-text.ts';
import { isPrivateKey, wrongKeyLine } from '../recipe/ssh-keys.ts';
import { fail } from './errors.ts';

/** Text of a file with public keys. @throws SlipwayError `parameters/no-key` */
export async function readKey(path: string, base: string): Promise<string> {
  let text: string;
  try {
    text = await readText(named(resolve(base, path), base), newBudget());
  } catch (cause) {
    if (!(cause instanceof SlipwayError)) throw cause;
    throw fail('no-key', { path, reason: cause.message }, { cause });
  }
  if (isPrivateKey(text)) throw fail('no-key', { path, reason: 'this is the private half' });
  if (wrongKeyLine(text) > 0) throw fail('no-key', { path, reason: 'there is no public key in it' });
  return text;
}

/** The keys of such a text, one each. */
export function keysOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
