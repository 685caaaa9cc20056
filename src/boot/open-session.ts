/** Sessions begin with the script of a boot; in a storm many of them in one transaction. */
import { sql } from 'kysely';
import { among, insertMany } from '../db/bulk.ts';
import type { Db } from '../db/database.ts';
import { Group } from '../db/group.ts';
import type { Digest, Resolved } from '../image/types.ts';
import { bootClock } from './clock.ts';
import { LIFETIME, type Given, type Session } from './session.ts';
import { STAGE_COLUMNS, stageRow } from './stages.ts';

/** Sessions kept of one machine, the newest. */
const KEPT = 20;

const SESSION_COLUMNS = [
  'id', 'node_id', 'node_name', 'mac', 'client', 'image', 'digest', 'mode', 'pinned', 'token_hash', 'created',
  'expires', 'ended', 'stage', 'given', 'uuid',
] as const; // prettier-ignore

export interface Opening {
  /** 32 random hex digits. */
  id: string;
  node: { id?: string; name: string };
  mac: string;
  /** Address that asks. */
  client: string;
  image: Resolved;
  /** Blobs that must stay meanwhile. Default: those of the image. */
  pinned?: readonly Digest[];
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

function newSession(
  { id, node, mac, client, image, pinned, mode, given, uuid }: Opening,
  now: number,
): Session {
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
    pinned: JSON.stringify(pinned ?? parts.flatMap((part) => part?.digest ?? [])),
    token_hash: null,
    created: now,
    expires: now + LIFETIME,
    ended: null,
    stage: 'ipxe',
    given: JSON.stringify(given ?? {}),
    uuid: uuid ?? null,
  };
}
