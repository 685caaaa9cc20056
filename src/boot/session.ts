/**
 * Boot sessions: one for each time a node's script is made. A session pins what
 * the node boots, and knows the hash of the token by which the node reports; the
 * token itself exists only in the node initrd, which is made once.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { among, insertMany } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import { Group } from '../db/group.ts';
import type { BootSessionTable } from '../db/tables.ts';
import type { Digest, Resolved } from '../image/types.ts';
import { bootClock } from './clock.ts';
import { fail } from './errors.ts';

/** How long a node may take from its script to its last report. */
export const LIFETIME = 24 * 3600_000;
/** Sessions kept of one machine, the newest. */
const KEPT = 20;
/** Sessions are forgotten this long after they expired. */
const FORGET_AFTER = 30 * 24 * 3600_000;

export type Session = BootSessionTable;

const SESSION_COLUMNS = [
  'id', 'node_id', 'node_name', 'mac', 'client', 'image', 'digest', 'mode', 'pinned', 'token_hash', 'created',
  'expires', 'ended', 'stage', 'given', 'uuid',
] as const; // prettier-ignore
const STAGE_COLUMNS = [
  'session_id',
  'position',
  'stage',
  'at',
  'uptime',
  'detail',
  'bytes',
  'seconds',
] as const;

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
  /** UUID of the machine's firmware, as it says. */
  uuid?: string;
  /** What was seen of the machine before, oldest first: DHCP. */
  before?: readonly { stage: string; at: number; detail?: string }[];
  now?: number;
}

/**
 * Opens a session and ends the ones that the machine had: booting again is proof that they are over.
 * In a storm many are opened in one transaction; each is written when this returns.
 */
export async function openSession(db: Db, opening: Opening): Promise<Session> {
  let group = groups.get(db);
  if (!group) {
    group = new Group(async (all) => await openAll(db, all));
    groups.set(db, group);
  }
  return await group.add(opening);
}

const groups = new WeakMap<Db, Group<Opening, Session>>();

async function openAll(db: Db, openings: readonly Opening[]): Promise<Session[]> {
  const present = bootClock.now();
  const sessions = openings.map((opening) => newSession(opening, opening.now ?? present));
  // As if one had been opened after the other: a later one of the same machine ends an earlier one.
  const later = new Map<string, number>();
  for (const session of sessions.toReversed()) {
    const keys = [`mac ${session.mac}`, ...(session.node_id === null ? [] : [`node ${session.node_id}`])];
    session.ended = keys.map((key) => later.get(key)).find((at) => at !== undefined) ?? null;
    for (const key of keys) later.set(key, session.created);
  }
  const stages = openings.flatMap(({ before = [] }, index) => {
    const { id = '', created: at = present } = sessions[index] ?? {};
    return [...before, { stage: 'ipxe', at }].map((one, position) =>
      stageRow(id, position + 1, one.stage, one.at, 'detail' in one ? { detail: one.detail } : {}),
    );
  });
  const macs = sessions.map((session) => session.mac);
  const nodes = sessions.flatMap((session) => session.node_id ?? []);
  const ended = Math.max(...sessions.map((session) => session.created));
  await db.transaction().execute(async (t) => {
    // Two statements, each with an index: SQLite answers "or" by reading every open session.
    const end = t.updateTable('boot_session').set({ ended }).where('ended', 'is', null);
    await end.where('mac', 'in', among(macs)).execute();
    if (nodes.length > 0) await end.where('node_id', 'in', among(nodes)).execute();
    await insertMany(t, 'boot_session', SESSION_COLUMNS, sessions);
    await insertMany(t, 'boot_stage', STAGE_COLUMNS, stages);
    // The open one is the newest, whatever the clock did.
    await sql`delete from boot_session where id in (
      select id from (
        select id, row_number() over (partition by mac order by ended is null desc, created desc) as place
        from boot_session where mac in ${among(macs)}
      ) as ordered where place > ${sql.lit(KEPT)}
    )`.execute(t);
  });
  return sessions;
}

function newSession({ id, node, mac, client, image, mode, given, uuid }: Opening, now: number): Session {
  const parts = [image.kernel, image.initramfs, ...image.layers];
  return {
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
    given: JSON.stringify(given ?? {}),
    uuid: uuid ?? null,
  };
}

/**
 * Makes the token of a session; a second time is refused, so that whoever comes later learns nothing.
 * @param files what the node initrd has, for drift
 * @throws SlipwayError `boot/unknown-session`, `boot/ended-session`, `boot/wrong-client`
 */
export async function deliverToken(
  db: Db,
  id: string,
  client: string,
  at?: number,
  files?: Given['files'],
): Promise<{ session: Session; token: string }> {
  const token = randomBytes(32).toString('base64url');
  return await db.transaction().execute(async (t) => {
    const now = at ?? bootClock.now();
    const session = await deliverable(t, id, client, now);
    await t
      .updateTable('boot_session')
      .set({ token_hash: hash(token).toString('hex'), ...(files && { given: withFiles(session, files) }) })
      .where('id', '=', id)
      .execute();
    await addStage(t, session, 'loaded', { now });
    return { session, token };
  });
}

function withFiles(session: Session, files: Given['files']): string {
  return JSON.stringify({ ...(JSON.parse(session.given) as Given), files });
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
    .set({ given: withFiles(session, { ...had, ...files }) })
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
  const { now = bootClock.now(), ...rest } = fields;
  await db
    .insertInto('boot_stage')
    .values(stageRow(session.id, Number(count) + 1, stage, now, rest))
    .execute();
  // Reports may overtake each other, and checks come after ready: the end of a boot stays its end.
  const over =
    stage === 'refresh' || session.stage === 'ready' || (session.stage === 'trap' && stage !== 'ready');
  const last = over ? session.stage : stage;
  await db.updateTable('boot_session').set({ stage: last }).where('id', '=', session.id).execute();
  return Number(count);
}

/** Blobs and generations that nodes read now: of sessions that are under way, and of running nodes whose mode keeps reading. */
export async function pinnedNow(
  db: Db,
  keepsReading: (mode: string) => boolean,
  now = bootClock.now(),
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

/** Deletes what is too old to be of use: not the boot that a node still runs. */
export async function forgetSessions(db: Db, now = bootClock.now()): Promise<void> {
  await db
    .deleteFrom('boot_session')
    .where('expires', '<', now - FORGET_AFTER)
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

function stageRow(session_id: string, position: number, stage: string, at: number, fields: StageFields = {}) {
  const { uptime = null, detail = null, bytes = null, seconds = null } = fields;
  return { session_id, position, stage, at, uptime, detail, bytes, seconds };
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
