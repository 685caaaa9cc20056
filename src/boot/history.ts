/** Boot sessions as people see them. */
import type { Db } from '../db/database.ts';
import type { BootSessionTable, BootStageTable } from '../db/tables.ts';

export interface StageView {
  name: string;
  /** When the server heard of it, ISO. */
  at: string;
  /** Seconds since the node's script was made. */
  seconds: number;
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
  started: string;
  stages: StageView[];
}

/** The newest session of each of these nodes, by the node's id. */
export async function latestSessions(
  db: Db,
  nodeIds: readonly string[],
  now = Date.now(),
): Promise<Map<string, SessionView>> {
  const found = new Map<string, SessionView>();
  for (let start = 0; start < nodeIds.length; start += CHUNK) {
    const newest = await db
      .selectFrom((e) =>
        e
          .selectFrom('boot_session')
          .selectAll()
          .select((s) =>
            s.fn
              .agg<number>('row_number')
              .over((o) => o.partitionBy('node_id').orderBy('created', 'desc').orderBy('id'))
              .as('rank'),
          )
          .where('node_id', 'in', nodeIds.slice(start, start + CHUNK))
          .as('ranked'),
      )
      .selectAll()
      .where('rank', '=', 1)
      .execute();
    for (const view of await withStages(db, newest, now)) found.set(view.nodeId, view.view);
  }
  return found;
}

/** All sessions kept of one node, the newest first. */
export async function sessionsOf(db: Db, nodeId: string, now = Date.now()): Promise<SessionView[]> {
  const rows = await db
    .selectFrom('boot_session')
    .selectAll()
    .where('node_id', '=', nodeId)
    .orderBy('created', 'desc')
    .execute();
  return (await withStages(db, rows, now)).map((one) => one.view);
}

const CHUNK = 500;

async function withStages(db: Db, sessions: readonly BootSessionTable[], now: number) {
  if (sessions.length === 0) return [];
  const ids = sessions.map((session) => session.id);
  const rows = await db
    .selectFrom('boot_stage')
    .selectAll()
    .where('session_id', 'in', ids)
    .orderBy('position')
    .execute();
  const stages = Map.groupBy(rows, (row) => row.session_id);
  return sessions.map((session) => ({
    nodeId: session.node_id ?? '',
    view: {
      session: session.id,
      node: session.node_name,
      mac: session.mac,
      image: session.image,
      digest: session.digest,
      mode: session.mode,
      state: stateOf(session, now),
      started: new Date(session.created).toISOString(),
      stages: (stages.get(session.id) ?? []).map((row) => viewStage(row, session.created)),
    },
  }));
}

function viewStage(row: BootStageTable, created: number): StageView {
  const { stage, at, uptime, detail, bytes } = row;
  return {
    name: stage,
    at: new Date(at).toISOString(),
    seconds: Math.round(at - created) / 1000,
    uptime: uptime ?? undefined,
    detail: detail ?? undefined,
    bytes: bytes ?? undefined,
  };
}

function stateOf(session: BootSessionTable, now: number): BootState {
  if (session.stage === 'ready' || session.stage === 'trap') return session.stage;
  return session.ended !== null || session.expires <= now ? 'lost' : 'booting';
}
