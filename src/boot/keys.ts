/** The secrets of a site, made at first use: files of 0600 in a directory of 0700. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from '../db/database.ts';
import { writeDurably } from '../system/durable.ts';
import type { Sink } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import type { Paths } from '../system/paths.ts';
import { fail } from './errors.ts';

export interface SigningKey {
  privateKey: KeyObject;
  /** The public key that nodes get as trusted.pem. */
  publicPem: string;
}

/** The ECDSA P-256 key that signs manifests: `manifest.key`, PKCS #8 PEM. @throws SlipwayError `boot/bad-key` */
export async function signingKey(paths: Paths): Promise<SigningKey> {
  const pem = await once(paths, 'manifest.key', () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  );
  const privateKey = readKey(pem, join(paths.keys, 'manifest.key'));
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  return { privateKey, publicPem };
}

function readKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw fail('bad-key', { file, reason: 'it is no private key in PEM' }, { cause });
  }
}

/**
 * 256 random bits from which per-node values are derived: `site.secret`, hex.
 * @param tell gets a word where one is made although the registry knows of another
 * @throws SlipwayError `boot/bad-key`
 */
export async function siteSecret(paths: Paths, tell?: { db: Db; sink: Sink }): Promise<Buffer> {
  let made = false;
  const text = await once(paths, 'site.secret', () => {
    made = true;
    return `${randomBytes(32).toString('hex')}\n`;
  });
  if (made && tell) await tellRemade(paths, tell);
  return readSecret(paths, text);
}

/** The same; nothing where there is none, and none is made. @throws SlipwayError `boot/bad-key` */
export async function knownSiteSecret(paths: Paths): Promise<Buffer | undefined> {
  const text = await readFile(join(paths.keys, 'site.secret'), 'utf8').catch(absent);
  return text === undefined ? undefined : readSecret(paths, text);
}

function readSecret(paths: Paths, text: string): Buffer {
  // Of anything else Buffer.from would take what it can, in the end nothing: a secret that everybody knows.
  if (!/^[0-9a-f]{64}\s*$/i.test(text))
    throw fail('bad-key', {
      file: join(paths.keys, 'site.secret'),
      reason: 'it is not 64 hexadecimal digits',
    });
  return Buffer.from(text.trim(), 'hex');
}

/** Nodes that have booted, and secrets that were kept, had one before. */
async function tellRemade({ keys }: Paths, { db, sink }: { db: Db; sink: Sink }): Promise<void> {
  const booted = await db
    .selectFrom('boot_session')
    .select('id')
    .where('token_hash', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  const kept = await db.selectFrom('secret').select('name').limit(1).executeTakeFirst();
  if (!booted && !kept) return;
  const lost = kept ? 'and secrets that were kept cannot be read any more; ' : '';
  const message = `${join(keys, 'site.secret')} was gone, and a new one was made: nodes get other ssh host keys and machine-ids at their next boot, ${lost}put the old file back if there is a copy`;
  sink({ event: 'notice', level: 'warning', message });
}

/**
 * A machine-id that stays the same for a node and tells nothing of the secret:
 * 32 hex digits in the form of a random UUID, as machine-id(5) recommends.
 */
export function machineId(secret: Buffer, node: string): string {
  const id = createHmac('sha256', secret).update(`machine-id\0${node}`).digest().subarray(0, 16);
  id[6] = ((id[6] ?? 0) & 0x0f) | 0x40;
  id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
  return id.toString('hex');
}

/** The content of a key file; made by `make` if there is none. Two that come at once get the same. */
async function once(paths: Paths, name: string, make: () => string): Promise<string> {
  const file = join(paths.keys, name);
  const found = await readFile(file, 'utf8').catch(absent);
  if (found !== undefined) return found;
  using _ = await lock(paths.locks, 'keys', 'making the keys of this site', { wait: 10_000 });
  const meanwhile = await readFile(file, 'utf8').catch(absent);
  if (meanwhile !== undefined) return meanwhile;
  await mkdir(paths.keys, { recursive: true, mode: 0o700 });
  await chmod(paths.keys, 0o700);
  const made = make();
  await writeDurably(file, made, 0o600);
  return made;
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
