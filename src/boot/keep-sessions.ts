/** What happens to sessions without their nodes: what they pin, when they are forgotten, a clock that is set. */
import type { Db } from '../db/database.ts';
import type { Digest } from '../image/types.ts';
import { bootClock } from './clock.ts';
import { LIFETIME } from './session.ts';

/** Sessions are forgotten when there are boots that began this long after they expired. */
const FORGET_AFTER = 30 * 24 * 3600_000;

/** Blobs and generations that nodes read now: of sessions that are under way, and of running nodes whose mode keeps reading. */
export async function pinnedNow(
  db: Db,
  keepsReading: (mode: string) => boolean,
  now = bootClock.now(),
): Promise<{ node: string; image: string; digest: string; mode: string; blobs: Digest[] }[]> {
  const open = await db
    .selectFrom('boot_session')
    .select(['node_name', 'image', 'digest', 'pinned', 'mode', 'stage', 'expires'])
    .where('ended', 'is', null)
    .execute();
  return open
    .filter((s) => (s.stage === 'ready' ? keepsReading(s.mode) : s.stage !== 'trap' && s.expires > now))
    .map((s) => ({
      node: s.node_name,
      image: s.image,
      digest: s.digest,
      mode: s.mode,
      blobs: JSON.parse(s.pinned) as Digest[],
    }));
}

/**
 * Deletes what is too old to be of use: not the boot that a node still runs. Old is what others came long
 * after, so that a clock that is wrong when the server starts makes nothing old.
 */
export async function forgetSessions(db: Db, now = bootClock.now()): Promise<void> {
  const { newest } = await db
    .selectFrom('boot_session')
    .select((e) => e.fn.max('created').as('newest'))
    // Of a time when the clock was ahead.
    .where('created', '<=', now)
    .executeTakeFirstOrThrow();
  await db
    .deleteFrom('boot_session')
    .where('expires', '<', newest - FORGET_AFTER)
    .where((e) => e.or([e('ended', 'is not', null), e('stage', '<>', 'ready'), e('node_id', 'is', null)]))
    .execute();
}

/**
 * Moves boots under way by `by` milliseconds, because the clock was set: they go on
 * as if it had always been right. `moved` is called before they can be seen.
 */
export async function shiftSessions(db: Db, by: number, moved: () => void = () => {}): Promise<void> {
  await db.transaction().execute(async (t) => {
    const underWay = t
      .selectFrom('boot_session')
      .select('id')
      .where('ended', 'is', null)
      .where('stage', 'not in', ['ready', 'trap']);
    await t
      .updateTable('boot_stage')
      .set((e) => ({ at: e('at', '+', by) }))
      .where('session_id', 'in', underWay)
      .execute();
    await t
      .updateTable('boot_session')
      .set((e) => ({ created: e('created', '+', by), expires: e('expires', '+', by) }))
      .where('ended', 'is', null)
      .where('stage', 'not in', ['ready', 'trap'])
      .execute();
    moved();
  });
}

/** For a server that starts: no session is good for longer than a new one would be, wherever the clock was when it began. */
export async function limitSessions(db: Db, now = bootClock.now()): Promise<void> {
  await db
    .updateTable('boot_session')
    .set({ expires: now + LIFETIME })
    .where('ended', 'is', null)
    .where('expires', '>', now + LIFETIME)
    .execute();
}
