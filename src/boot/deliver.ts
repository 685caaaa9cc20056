/** The token of a session goes out with the node initrd, once. */
import { randomBytes } from 'node:crypto';
import type { Db } from '../db/database.ts';
import { bootClock } from './clock.ts';
import { fail } from './errors.ts';
import { findSession, refuseEnded, tokenHash, type Given, type Session } from './session.ts';
import { addStage } from './stages.ts';

/**
 * Makes the token of a session; a second time is refused, so that whoever comes later learns nothing.
 * @param given what the node initrd has, for drift
 * @throws SlipwayError `boot/unknown-session`, `boot/ended-session`, `boot/wrong-client`
 */
export async function deliverToken(
  db: Db,
  id: string,
  client: string,
  at?: number,
  given?: Pick<Given, 'files' | 'settings'>,
): Promise<{ session: Session; token: string }> {
  const token = randomBytes(32).toString('base64url');
  return await db.transaction().execute(async (t) => {
    const now = at ?? bootClock.now();
    const session = await deliverable(t, id, client, now);
    await t
      .updateTable('boot_session')
      .set({
        token_hash: tokenHash(token).toString('hex'),
        ...(given && { given: withMore(session, given) }),
      })
      .where('id', '=', id)
      .execute();
    await addStage(t, session, 'loaded', { now });
    return { session, token };
  });
}

function withMore(session: Session, more: Given): string {
  return JSON.stringify({ ...(JSON.parse(session.given) as Given), ...more });
}

/** A running node has these files by now, instead of those that its boot was given at their paths. */
export async function keepRefreshed(
  db: Db,
  session: Session,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const had = (JSON.parse(session.given) as Given).files ?? {};
  if (Object.entries(files).every(([path, one]) => had[path] === one)) return;
  await db
    .updateTable('boot_session')
    .set({ given: withMore(session, { files: { ...had, ...files } }) })
    .where('id', '=', session.id)
    .execute();
}

/**
 * The session, if its node initrd may be given out to this client.
 * @throws as {@link deliverToken}
 */
export async function deliverable(
  db: Db,
  id: string,
  client: string,
  now = bootClock.now(),
): Promise<Session> {
  const session = await findSession(db, id);
  // Before anything else, so that nobody else learns about the session.
  if (session.client !== client) throw fail('wrong-client', { session: id });
  refuseEnded(session, now);
  if (session.token_hash !== null)
    throw fail('ended-session', { session: id, reason: 'Its node initrd was fetched already.' });
  return session;
}
