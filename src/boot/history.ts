/** Boot sessions as people see them. */
import type { Db } from '../db/database.ts';
import type { BootSessionTable, BootStageTable } from '../db/tables.ts';
import { showNode } from '../node/registry.ts';
import { fail } from './errors.ts';
import { readLines, type LogLine } from './node-log.ts';

export interface StageView {
  name: string;
  /** When it was reached, ISO. */
  at: string;
  /** Seconds since the boot began: its first stage. */
  seconds: number;
  /** Seconds since the stage before. */
  step: number;
  /** Seconds that a transfer took, as whoever fetched or sent it says. */
  spent?: number;
  /** Seconds since the node's kernel started, as the node says. */
  uptime?: number;
  detail?: string;
  bytes?: number;
}

/** `booting`: under way; `ready`; `trap`: failed, and said why; `lost`: ended or expired without either. */
export type BootState = 'booting' | 'ready' | 'trap' | 'lost';

export interface SessionView {
  session: string;
  node: string;
  mac: string;
  image: string;
  digest: string;
  mode: string;
  state: BootState;
  /** Time of the first stage, ISO. */
  started: string;
  /** When the next boot ended it, ISO. */
  ended?: string;
  stages: StageView[];
}

/** All sessions kept of one node, the newest first. */
export async function sessionsOf(db: Db, nodeId: string, now = Date.now()): Promise<SessionView[]> {
  const rows = await db
    .selectFrom('boot_session')
    .selectAll()
    .where('node_id', '=', nodeId)
    .orderBy((e) => e('ended', 'is', null), 'desc')
    .orderBy('created', 'desc')
    .execute();
  return await sessionViews(db, rows, now);
}

/** All boots kept of one node, the newest first. @throws SlipwayError `node/unknown` */
export async function bootHistory(db: Db, name: string): Promise<SessionView[]> {
  return await sessionsOf(db, (await showNode(db, name)).id);
}

/**
 * What a node said in its newest boot, or in that of `session`.
 * @throws SlipwayError `node/unknown`, `boot/unknown-session`
 */
export async function bootLog(db: Db, name: string, session?: string): Promise<LogLine[]> {
  const boots = await bootHistory(db, name);
  const boot = session === undefined ? boots[0] : boots.find((one) => one.session === session);
  if (!boot && session !== undefined)
    throw fail('unknown-session', { session: JSON.stringify(session.slice(0, 64)) });
  return boot ? await readLines(db, boot.session) : [];
}

/** These sessions with their stages. */
export async function sessionViews(
  db: Db,
  rows: readonly BootSessionTable[],
  now = Date.now(),
): Promise<SessionView[]> {
  return (await withStages(db, rows, now)).map((one) => one.view);
}

async function withStages(db: Db, sessions: readonly BootSessionTable[], now: number) {
  if (sessions.length === 0) return [];
  const ids = sessions.map((session) => session.id);
  const rows = await db.selectFrom('boot_stage').selectAll().where('session_id', 'in', ids).execute();
  const stages = Map.groupBy(rows, (row) => row.session_id);
  return sessions.map((session) => ({
    nodeId: session.node_id ?? '',
    view: viewSession(session, stages.get(session.id) ?? [], now),
  }));
}

function viewSession(session: BootSessionTable, rows: readonly BootStageTable[], now: number): SessionView {
  const timed = whenReached(session, rows);
  const started = timed[0]?.time ?? session.created;
  return {
    session: session.id,
    node: session.node_name,
    mac: session.mac,
    image: session.image,
    digest: session.digest,
    mode: session.mode,
    state: stateOf(session, now),
    started: new Date(started).toISOString(),
    ended: session.ended === null ? undefined : new Date(session.ended).toISOString(),
    stages: timed.map(({ row, time }, index) =>
      viewStage(row, time, started, timed[index - 1]?.time ?? started),
    ),
  };
}

/**
 * Reports come late, and several at once: when a stage was reached is what the node
 * says itself, counted from the start of its kernel. That was, at the latest, so
 * long before the report that came soonest.
 */
function whenReached({ created }: BootSessionTable, rows: readonly BootStageTable[]) {
  const starts = rows.flatMap(({ at, uptime }) => (uptime === null ? [] : [at - uptime * 1000]));
  const start = Math.min(...starts);
  return rows
    .map((row) => {
      const { at, uptime } = row;
      const time = uptime === null ? at : Math.min(at, Math.max(created, start + uptime * 1000));
      return { row, time: Math.round(time) };
    })
    .toSorted((a, b) => a.time - b.time || a.row.position - b.row.position);
}

function viewStage(row: BootStageTable, time: number, started: number, previous: number): StageView {
  const { stage, uptime, detail, bytes, seconds } = row;
  return {
    name: stage,
    at: new Date(time).toISOString(),
    seconds: (time - started) / 1000,
    step: (time - previous) / 1000,
    spent: seconds ?? undefined,
    uptime: uptime ?? undefined,
    detail: detail ?? undefined,
    bytes: bytes ?? undefined,
  };
}

function stateOf(session: BootSessionTable, now: number): BootState {
  if (session.stage === 'ready' || session.stage === 'trap') return session.stage;
  return session.ended !== null || session.expires <= now ? 'lost' : 'booting';
}
