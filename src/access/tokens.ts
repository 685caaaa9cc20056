/**
 * Tokens: `slipway_ID_SECRET`. The id is public and finds the row; of the secret,
 * 256 random bits, only a scrypt hash is kept.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Db } from '../db/database.ts';
import type { TokenTable } from '../db/tables.ts';
import { checkName } from '../system/names.ts';
import { fail } from './errors.ts';

const FORM = /^slipway_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
/** The secret cannot be guessed; the cost only slows down who stole the database. 16 MiB, some 30 ms. */
const COST = { N: 1 << 14, r: 8, p: 1 };

const derive = promisify<string, Buffer, number, typeof COST, Buffer>(scrypt);

/** A token without its secret. Times are ISO. */
export interface TokenView {
  id: string;
  name: string;
  scope: TokenTable['scope'];
  created: string;
  expires?: string;
  /** Last use, to the minute. */
  used?: string;
}

/** Makes a token. The text is told this once. @throws SlipwayError `name/invalid` */
export async function addToken(
  db: Db,
  name: string,
  scope: TokenTable['scope'],
  expires: number | null,
  now = Date.now(),
): Promise<TokenView & { token: string }> {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const row: TokenTable = {
    id,
    name: checkName('Token', name),
    hash: await hashOf(secret),
    scope,
    created: now,
    expires,
    used: null,
  };
  await db.insertInto('token').values(row).execute();
  return { ...view(row), token: `slipway_${id}_${secret}` };
}

/** All tokens, also those that have expired; the oldest first. */
export async function listTokens(db: Db): Promise<TokenView[]> {
  return (await db.selectFrom('token').selectAll().orderBy('created').orderBy('id').execute()).map(view);
}

/** Removes a token by id, or by its name if no other has it. @throws SlipwayError `access/unknown-token`, `access/several-tokens` */
export async function removeToken(db: Db, token: string): Promise<TokenView> {
  const rows = await db
    .selectFrom('token')
    .selectAll()
    .where((e) => e.or([e('id', '=', token), e('name', '=', token)]))
    .execute();
  const found = rows.find((row) => row.id === token) ?? rows[0];
  if (!found) throw fail('unknown-token', { token: JSON.stringify(token) });
  if (rows.length > 1 && found.id !== token)
    throw fail('several-tokens', { name: token, ids: rows.map((row) => row.id).join(', ') });
  await db.deleteFrom('token').where('id', '=', found.id).execute();
  return view(found);
}

/** Milliseconds since 1970 of `30d`, `12h`, `90m` from now; null for `never`. @throws SlipwayError `access/bad-duration` */
export function expiryOf(text: string, now = Date.now()): number | null {
  if (text === 'never') return null;
  const [, count = '', unit = ''] = /^(\d{1,7})([mhdwy])$/.exec(text) ?? [];
  const minutes = Number(count) * ({ m: 1, h: 60, d: 1440, w: 10_080, y: 525_600 }[unit] ?? NaN);
  if (!(minutes >= 1 && minutes <= 5_256_000)) throw fail('bad-duration', { text: JSON.stringify(text) });
  return now + minutes * 60_000;
}

/** The parts of what may be a token. */
export function parseToken(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Text of strangers, such as a URL, without tokens that they put there by mistake: for logs. */
export function withoutTokens(text: string): string {
  return text.replace(/(slipway_[0-9a-f]{16})_[A-Za-z0-9_-]+/g, '$1_…');
}

/** `scrypt$N$r$p$SALT$HASH`, both base64url. */
async function hashOf(secret: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(secret, salt, 32, COST);
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether `secret` is what `hash` was made of; takes the same time for each wrong one. */
export async function secretFits(secret: string, hash: string): Promise<boolean> {
  const [kind, N, r, p, salt = '', key = ''] = hash.split('$');
  if (kind !== 'scrypt') return false;
  const known = Buffer.from(key, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  return timingSafeEqual(await derive(secret, Buffer.from(salt, 'base64url'), known.length, cost), known);
}

function view({ id, name, scope, created, expires, used }: TokenTable): TokenView {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    id,
    name,
    scope,
    created: iso(created),
    ...(expires !== null && { expires: iso(expires) }),
    ...(used !== null && { used: iso(used) }),
  };
}
