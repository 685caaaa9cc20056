/**
 * Secrets that node files are made of: a munge key, a TLS key. Encrypted by the
 * secret of the site, so that the registry alone, or a backup of it, tells nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Db } from '../db/database.ts';
import { readPresets } from '../node/presets.ts';
import type { Settings } from '../node/schema.ts';
import { checkName } from '../system/names.ts';
import { fail } from './errors.ts';

export const SECRET_LIMIT = 1 << 20;

/** What may be told of a secret. */
export interface SecretInfo {
  name: string;
  bytes: number;
  /** ISO times. */
  created: string;
  updated: string;
}

const IV = 12;
const TAG = 16;

/** Keeps a secret; one of the same name is replaced. @throws SlipwayError `file/bad-secret`, `name/invalid` */
export async function setSecret(db: Db, site: Buffer, name: string, value: Uint8Array): Promise<void> {
  checkName('Secret', name);
  if (value.length === 0) throw fail('bad-secret', { name, message: 'it is empty' });
  if (value.length > SECRET_LIMIT) throw fail('bad-secret', { name, message: 'it is too long' });
  const sealed = seal(site, name, value);
  const now = Date.now();
  await db
    .insertInto('secret')
    .values({ name, value: sealed, created: now, updated: now })
    .onConflict((c) => c.column('name').doUpdateSet({ value: sealed, updated: now }))
    .execute();
}

/** Makes a secret of random bytes. @throws SlipwayError `file/secret-exists`, `file/bad-secret`, `name/invalid` */
export async function generateSecret(db: Db, site: Buffer, name: string, bytes: number): Promise<void> {
  checkName('Secret', name);
  await db.transaction().execute(async (t) => {
    const found = await t.selectFrom('secret').select('name').where('name', '=', name).executeTakeFirst();
    if (found) throw fail('secret-exists', { name });
    await setSecret(t, site, name, randomBytes(bytes));
  });
}

/** The value; nothing if there is none. @throws SlipwayError `file/locked-secret` */
export async function readSecret(db: Db, site: Buffer, name: string): Promise<Buffer | undefined> {
  const row = await db.selectFrom('secret').select('value').where('name', '=', name).executeTakeFirst();
  return row && unseal(site, name, row.value);
}

/** All secrets, without their values. */
export async function listSecrets(db: Db): Promise<SecretInfo[]> {
  const rows = await db.selectFrom('secret').selectAll().orderBy('name').execute();
  return rows.map(({ name, value, created, updated }) => ({
    name,
    bytes: value.length - IV - TAG,
    created: new Date(created).toISOString(),
    updated: new Date(updated).toISOString(),
  }));
}

/** Removes a secret that no file needs. @throws SlipwayError `file/unknown-secret`, `file/secret-in-use` */
export async function removeSecret(db: Db, name: string): Promise<void> {
  await db.transaction().execute(async (t) => {
    const user = await userOf(t, name);
    if (user !== undefined) throw fail('secret-in-use', { name, user });
    const { numDeletedRows } = await t
      .deleteFrom('secret')
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    if (numDeletedRows === 0n) throw fail('unknown-secret', { name, near: '' });
  });
}

/** The first node, group or profile that has a file of this secret. */
async function userOf(db: Db, name: string): Promise<string | undefined> {
  const uses = (settings: Settings) =>
    Object.values(settings.files ?? {}).some((file) => file?.secret === name);
  const presets = await readPresets(db);
  for (const kind of ['group', 'profile'] as const)
    for (const [one, settings] of presets[`${kind}s`]) if (uses(settings)) return `${kind} ${one}`;
  const rows = await db
    .selectFrom('node')
    .select(['name', 'document'])
    .where('document', 'like', `%"secret":"${name}"%`)
    .execute();
  return rows.filter((row) => uses(JSON.parse(row.document) as Settings)).map((row) => `node ${row.name}`)[0];
}

function keyOf(site: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', site, '', 'slipway secrets', 32));
}

/** AES-256-GCM; the name is authenticated: a value cannot be passed off as another secret. */
function seal(site: Buffer, name: string, value: Uint8Array): Buffer {
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', keyOf(site), iv).setAAD(Buffer.from(name));
  return Buffer.concat([iv, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
}

/** The value that {@link setSecret} sealed. @throws SlipwayError `file/locked-secret` */
export function unseal(site: Buffer, name: string, sealed: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(site), sealed.subarray(0, IV))
      .setAAD(Buffer.from(name))
      .setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(IV, -TAG)), decipher.final()]);
  } catch (cause) {
    throw fail('locked-secret', { name }, { cause });
  }
}
