/**
 * Who a token is. scrypt is slow on purpose, so tokens found good are remembered
 * by an HMAC under a key of this process: neither the secret nor anything that
 * could be tried offline stays in memory. The row is looked up each time, so that
 * a token that is removed or expires is refused at once.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { TokenTable } from '../db/tables.ts';
import { fail } from './errors.ts';
import { parseToken, secretFits } from './tokens.ts';

const KEPT = 1000;
/** Hashes computed at a time; each takes 16 MiB. */
const PARALLEL = 4;
/** More than so many waiting are refused. */
const WAITING = 64;
const USED_EVERY = 60_000;

export type KnownToken = Pick<TokenTable, 'id' | 'name' | 'scope'>;

export interface VerifyOptions {
  /** Milliseconds since 1970. */
  now?: number;
  /** Of those with the same key one hash is computed at a time, and no other waits. */
  alone?: string;
}

export class Verifier {
  readonly #db: Db;
  readonly #key = randomBytes(32);
  /** From the HMAC of a token to the hash that it fitted. */
  readonly #good = new Map<string, string>();
  #running = 0;
  readonly #queue: (() => void)[] = [];
  /** Keys of {@link VerifyOptions.alone} that have a hash computed, or wait for it. */
  readonly #alone = new Set<string>();

  constructor(db: Db) {
    this.#db = db;
  }

  /** @throws SlipwayError `access/wrong-token`, `access/too-many` */
  async verify(text: string, { now = Date.now(), alone }: VerifyOptions = {}): Promise<KnownToken> {
    const parts = parseToken(text);
    const row =
      parts && (await this.#db.selectFrom('token').selectAll().where('id', '=', parts.id).executeTakeFirst());
    if (!row || (row.expires !== null && row.expires <= now)) throw fail('wrong-token', {});
    const mark = createHmac('sha256', this.#key).update(text).digest('base64');
    if (this.#good.get(mark) !== row.hash) {
      if (!(await this.#slowly(() => secretFits(parts.secret, row.hash), alone)))
        throw fail('wrong-token', {});
      if (this.#good.size >= KEPT) this.#good.clear();
      this.#good.set(mark, row.hash);
    }
    if (now - (row.used ?? 0) >= USED_EVERY)
      await this.#db.updateTable('token').set({ used: now }).where('id', '=', row.id).execute();
    return { id: row.id, name: row.name, scope: row.scope };
  }

  async #slowly<T>(work: () => Promise<T>, alone: string | undefined): Promise<T> {
    if (this.#queue.length >= WAITING || (alone !== undefined && this.#alone.has(alone)))
      throw fail('too-many', { reason: 'Too many tokens wait to be checked.', seconds: 1 });
    if (alone !== undefined) this.#alone.add(alone);
    if (this.#running >= PARALLEL) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      if (alone !== undefined) this.#alone.delete(alone);
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
