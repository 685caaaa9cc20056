/** Stages of a session: rows in the order in which the server heard of them. */
import type { Db } from '../db/database.ts';
import { bootClock } from './clock.ts';
import type { Session } from './session.ts';

export const STAGE_COLUMNS = [
  'session_id',
  'position',
  'stage',
  'at',
  'uptime',
  'detail',
  'bytes',
  'seconds',
] as const;

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

export function stageRow(
  session_id: string,
  position: number,
  stage: string,
  at: number,
  fields: StageFields = {},
) {
  const { uptime = null, detail = null, bytes = null, seconds = null } = fields;
  return { session_id, position, stage, at, uptime, detail, bytes, seconds };
}
