/**
 * Boot sessions: one for each time a node's script is made. A session pins what
 * the node boots, and knows the hash of the token by which the node reports; the
 * token itself exists only in the node initrd, which is made once.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { BootSessionTable } from '../db/tables.ts';
import { bootClock } from './clock.ts';
import { fail } from './errors.ts';

/** How long a node may take from its script to its last report. */
export const LIFETIME = 24 * 3600_000;
export type Session = BootSessionTable;

/** What a boot is given besides the image: kept to be compared with what the next boot would get. */
export interface Given {
  arguments?: string[];
  /** Digest of each node file by path. */
  files?: Record<string, string>;
  /** Lines of node.conf by which the image is set up, such as `overlay`. */
  settings?: Record<string, string>;
  /** What the mode kept for this node when it asked: see Mode.own. */
  own?: unknown;
  /** IPv4 address by which it reached the server. */
  host?: string;
}

/** @throws SlipwayError `boot/unknown-session` */
export async function findSession(db: Db, id: string): Promise<Session> {
  const found = /^[0-9a-f]{32}$/.test(id)
    ? await db.selectFrom('boot_session').selectAll().where('id', '=', id).executeTakeFirst()
    : undefined;
  if (!found) throw fail('unknown-session', { session: JSON.stringify(id.slice(0, 64)) });
  return found;
}

/** Whether this is the session's token; takes the same time for each wrong one. */
export function tokenFits(session: Session, token: string): boolean {
  // Without a token nothing fits; the comparison takes place all the same.
  const known = session.token_hash === null ? Buffer.alloc(32) : Buffer.from(session.token_hash, 'hex');
  return timingSafeEqual(tokenHash(token), known) && session.token_hash !== null;
}

/** @throws SlipwayError `boot/ended-session` */
export function refuseEnded(session: Session, now = bootClock.now()): void {
  const reason =
    session.ended !== null
      ? 'The node has booted again since.'
      : session.expires <= now
        ? 'It took too long.'
        : undefined;
  if (reason) throw fail('ended-session', { session: session.id, reason });
}

/**
 * The session of a node that runs, or boots: as long as it has not booted again, however long that is.
 * @throws SlipwayError `boot/unknown-session`, `boot/wrong-token`, `boot/ended-session`
 */
export async function runningSession(
  db: Db,
  id: string,
  token: string,
  now = bootClock.now(),
): Promise<Session> {
  const session = await findSession(db, id);
  if (!tokenFits(session, token)) throw fail('wrong-token', { session: id });
  refuseEnded(session.stage === 'ready' ? { ...session, expires: Infinity } : session, now);
  return session;
}

/** Of the token only this is kept. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
