/** Keys of repositories, from files and URLs. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeDurably } from '../../system/durable.ts';
import type { Place } from '../../system/errors.ts';
import { run } from '../../system/process.ts';
import { checkKey, readKey, unreadableKey } from '../../system/rpm-key.ts';
import type { WorkContext } from '../context.ts';
import type { Key } from './repository.ts';

/** Milliseconds after which a key is fetched again. */
const FRESH = 24 * 3_600_000;

export interface KeyOwner {
  /** Of the repository. */
  id: string;
  where?: Place;
  proxy?: string;
}

/**
 * A key as a recipe or a .repo file names it: a path relative to `base`, or a URL.
 * @throws SlipwayError `repository/unreadable-gpgkey`, `repository/not-a-gpgkey`
 */
export async function loadKey(
  name: string,
  base: string,
  owner: KeyOwner,
  context: WorkContext,
): Promise<Key> {
  const { id, where } = owner;
  if (/^(https?|ftp):/.test(name)) return { name, content: await fetchKey(name, owner, context) };
  const file = name.startsWith('file:') ? fileURLToPath(name) : resolve(base, name);
  return { name, content: await readKey(file, id, name, where) };
}

/** Kept for a day: keys hardly ever change, and an offline build needs them, too. */
async function fetchKey(url: string, { id, where, proxy }: KeyOwner, context: WorkContext): Promise<Buffer> {
  const directory = join(context.installation.paths.cache, 'dnf/keys');
  const file = join(directory, `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.key`);
  const age = await stat(file).then(
    (info) => Date.now() - info.mtimeMs,
    () => Infinity,
  );
  if (age < FRESH || (age < Infinity && context.options.offline)) return await readFile(file);
  if (context.options.offline) throw unreadableKey(id, url, 'it was not fetched before, and --offline forbids to', where); // prettier-ignore
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const argv = [
    'curl', '--fail', '--silent', '--show-error', '--location', '--proto', '=http,https,ftp', '--max-time', '60',
    '--max-filesize', '1M', ...(proxy ? ['--proxy', proxy] : []), '--', url,
  ]; // prettier-ignore
  const { signal } = context.options;
  const { stdout } = await run([...argv.slice(0, -2), '--output', `${file}.new`, '--write-out', '%{http_code}', '--', url], { log: context.log, signal }).catch((cause: unknown) => {
    const words = (cause as { output?: string }).output?.trim().split('\n').at(-1);
    throw unreadableKey(id, url, words ?? (cause as Error).message, where, cause);
  }); // prettier-ignore
  context.log.write(`key ${url}: ${stdout}\n`);
  const content = checkKey(await readFile(`${file}.new`), id, url, where);
  await writeDurably(file, content, 0o600);
  return content;
}
