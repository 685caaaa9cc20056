/**
 * Boot sessions: one for each time a node's script is made. A session pins what
 * the node boots, and knows the hash of the token by which the node reports; the
 * token itself exists only in the node initrd, which is made once.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { BootSessionTable } from '../db/tables.ts';
import type { Digest, Resolved } from '../image/types.ts';
import { fail } from './errors.ts';

/** How long a node may take from its script to its last report. */
export const LIFETIME = 24 * 3600_000;
/** Sessions kept of one machine, the newest. */
const KEPT = 20;
/** Sessions are forgotten this long after they expired. */
const FORGET_AFTER = 30 * 24 * 3600_000;

export type Session = BootSessionTable;

/** What a boot is given besides the image: kept to be compared with what the next boot would get. */
export interface Given {
  arguments?: string[];
  /** Digest of each node file by path. */
  files?: Record<string, string>;
}

export interface Opening {
  /** 32 random hex digits. */
  id: string;
  node: { id?: string; name: string };
  mac: string;
  /** Address that asks. */
  client: string;
  image: Resolved;
  mode: string;
  /** What else the boot is given, for drift. */
  given?: Given;
  now?: number;
}

/** Opens a session and ends the ones that the machine had: booting again is proof that they are over. */
export async function openSession(db: Db, opening: Opening): Promise<Session> {
  const { id, node, mac, client, image, mode, now = Date.now() } = opening;
  const parts = [image.kernel, image.initramfs, ...image.layers];
  const session: Session = {
    id,
    node_id: node.id ?? null,
    node_name: node.name,
    mac,
    client,
    image: `${image.generation.name}:${image.generation.generation}`,
    digest: image.generation.digest,
    mode,
    pinned: JSON.stringify(parts.flatMap((part) => part?.digest ?? [])),
    token_hash: null,
    created: now,
    expires: now + LIFETIME,
    ended: null,
    stage: 'ipxe',
    given: JSON.stringify(opening.given ?? {}),
  };
  await db.transaction().execute(async (t) => {
    // Two statements, each with an index: SQLite answers "or" by reading every open session.
    const end = t.updateTable('boot_session').set({ ended: now }).where('ended', 'is', null);
    await end.where('mac', '=', mac).execute();
    if (node.id !== undefined) await end.where('node_id', '=', node.id).execute();
    await t.insertInto('boot_session').values(session).execute();
    await t
      .insertInto('boot_stage')
      .values(stageRow(session.id, 1, 'ipxe', now))
      .execute();
    await t
      .deleteFrom('boot_session')
      .where('mac', '=', mac)
      .where('id', 'not in', (e) =>
        e
          .selectFrom('boot_session')
          .select('id')
          .where('mac', '=', mac)
          .orderBy('created', 'desc')
          .limit(KEPT),
      )
      .execute();
  });
  return session;
}

/**
 * Makes the token of a session; a second time is refused, so that whoever comes later learns nothing.
 * @throws SlipwayError `boot/unknown-session`, `boot/ended-session`, `boot/wrong-client`
 */
export async function deliverToken(
  db: Db,
  id: string,
  client: string,
  now = Date.now(),
): Promise<{ session: Session; token: string }> {
  const token = randomBytes(32).toString('base64url');
  return await db.transaction().execute(async (t) => {
    const session = await findSession(t, id);
    // Before anything else, so that nobody else learns about the session.
    if (session.client !== client) throw fail('wrong-client', { session: id });
    refuseEnded(session, now);
    if (session.token_hash !== null)
      throw fail('ended-session', { session: id, reason: 'Its node initrd was fetched already.' });
    await t
      .updateTable('boot_session')
      .set({ token_hash: hash(token).toString('hex') })
      .where('id', '=', id)
      .execute();
    await addStage(t, session, 'loaded', { now });
    return { session, token };
  });
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
  return timingSafeEqual(hash(token), known) && session.token_hash !== null;
}

/** @throws SlipwayError `boot/ended-session` */
export function refuseEnded(session: Session, now = Date.now()): void {
  const reason =
    session.ended !== null
      ? 'The node has booted again since.'
      : session.expires <= now
        ? 'It took too long.'
        : undefined;
  if (reason) throw fail('ended-session', { session: session.id, reason });
}

export interface StageFields {
  uptime?: number;
  detail?: string;
  bytes?: number;
  seconds?: number;
  now?: number;
}

/** Adds a stage and returns how many the session had before. */
export async function addStage(
  db: Db,
  session: Session,
  stage: string,
  fields: StageFields = {},
): Promise<number> {
  const { count } = await db
    .selectFrom('boot_stage')
    .select((e) => e.fn.countAll<number | string>().as('count'))
    .where('session_id', '=', session.id)
    .executeTakeFirstOrThrow();
  const { now = Date.now(), ...rest } = fields;
  await db
    .insertInto('boot_stage')
    .values(stageRow(session.id, Number(count) + 1, stage, now, rest))
    .execute();
  // Reports may overtake each other, and checks come after ready: the end of a boot stays its end.
  const over = session.stage === 'ready' || (session.stage === 'trap' && stage !== 'ready');
  const last = over ? session.stage : stage;
  await db.updateTable('boot_session').set({ stage: last }).where('id', '=', session.id).execute();
  return Number(count);
}

/** Blobs and generations that nodes read now: of sessions that are under way, and of running nodes whose mode keeps reading. */
export async function pinnedNow(
  db: Db,
  keepsReading: (mode: string) => boolean,
  now = Date.now(),
): Promise<{ node: string; image: string; digest: string; blobs: Digest[] }[]> {
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
      blobs: JSON.parse(s.pinned) as Digest[],
    }));
}

/** Deletes what is too old to be of use. */
export async function forgetSessions(db: Db, now = Date.now()): Promise<void> {
  await db
    .deleteFrom('boot_session')
    .where('expires', '<', now - FORGET_AFTER)
    .execute();
}

function stageRow(session_id: string, position: number, stage: string, at: number, fields: StageFields = {}) {
  const { uptime = null, detail = null, bytes = null, seconds = null } = fields;
  return { session_id, position, stage, at, uptime, detail, bytes, seconds };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
