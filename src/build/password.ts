/** Passwords of a recipe, hashed at once. The clear text is kept nowhere. */
import { createHmac, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeDurably } from '../system/durable.ts';
import type { Paths } from '../system/paths.ts';
import type { UserEntry } from '../recipe/schema.ts';
import type { BuildContext } from './context.ts';
import { fail } from './errors.ts';

const CRYPT = /^(\$[a-z0-9]+\$[^\s:]+|[*!]+)$/;
const answers = new WeakMap<BuildContext, Map<string, string>>();

/**
 * crypt(5) hash of a user's password; undefined if the recipe names none. Asked once a build.
 * The salt is derived from a secret of this site, the user and the password: the same answer
 * makes the same layer, and nobody without the secret can tell two equal passwords.
 */
export async function passwordHash(
  user: UserEntry,
  base: string,
  context: BuildContext,
): Promise<string | undefined> {
  const { password } = user;
  if (password === undefined || typeof password === 'string') return password;
  const known = answers.get(context) ?? new Map<string, string>();
  answers.set(context, known);
  const found = known.get(user.name);
  if (found !== undefined) return found;
  const clear =
    'file' in password
      ? await fromFile(resolve(base, password.file), context)
      : await ask(user.name, context);
  const hash = CRYPT.test(clear)
    ? clear
    : await hashPassword(clear, context.recipe.name, user.name, context.installation.paths);
  known.set(user.name, hash);
  return hash;
}

async function fromFile(path: string, context: BuildContext): Promise<string> {
  const text = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  if (!CRYPT.test(text) && ((await stat(path)).mode & 0o077) !== 0)
    context.options.sink({
      event: 'notice',
      level: 'warning',
      message:
        'The file holds a clear password and can be read by other users: chmod 600, or put a hash in it',
      where: { file: path },
    });
  return text;
}

async function ask(user: string, context: BuildContext): Promise<string> {
  if (!context.options.ask) throw fail('needs-answer', { user });
  return await context.options.ask(`Password for ${user}`);
}

/**
 * Whether it is a crypt(5) hash rather than a clear password: a known method, and enough behind it.
 * `!!` and `$ecret$word` are passwords.
 */
export function isHash(text: string): boolean {
  return /^\$(1|2[abxy]|5|6|7|y|gy|sha1)\$[./A-Za-z0-9,=$+-]{20,}$/.test(text);
}

/** crypt(5) hash of the password that a user of an image gets; the same again for the same words on the same site. */
export async function hashPassword(
  clear: string,
  image: string,
  user: string,
  paths: Paths,
): Promise<string> {
  const file = join(paths.keys, 'salt');
  let secret = await readFile(file).catch(() => undefined);
  if (!secret) await writeDurably(file, (secret = randomBytes(32)), 0o600);
  const salt = createHmac('sha256', secret)
    .update(`${image}\0${user}\0${clear}`)
    .digest('base64')
    .replace(/[+=]/g, '.')
    .slice(0, 16);
  const { encrypt } = await import('unixcrypt');
  return encrypt(clear, `$6$rounds=100000$${salt}`);
}
