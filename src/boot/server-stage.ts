/** Stages that the server sees by itself, written later than they were: they never take a boot back. */
import type { Db } from '../db/database.ts';

export interface ServerStage {
  session: string;
  stage: 'kernel' | 'initrd';
  /** Milliseconds since 1970. */
  at: number;
  bytes: number;
  /** That the transfer took. */
  seconds: number;
}

/** The last stages after which a session's stage becomes this one. */
const AFTER: Record<ServerStage['stage'], string[]> = { kernel: ['ipxe'], initrd: ['ipxe', 'kernel'] };
/** Stages of one kind in a session: iPXE that fetches again and again fills no disk. */
const LIMIT = 3;

export async function addServerStages(db: Db, stages: readonly ServerStage[]): Promise<void> {
  await db.transaction().execute(async (t) => {
    for (const { session, stage, at, bytes, seconds } of stages) {
      const rows = await t
        .selectFrom('boot_stage')
        .select(['position', 'stage'])
        .where('session_id', '=', session)
        .execute();
      // A session without a stage is forgotten.
      if (rows.length === 0 || rows.filter((row) => row.stage === stage).length >= LIMIT) continue;
      const position = Math.max(...rows.map((row) => row.position)) + 1;
      await t
        .insertInto('boot_stage')
        .values({ session_id: session, position, stage, at, bytes, seconds, uptime: null, detail: null })
        .execute();
      await t
        .updateTable('boot_session')
        .set({ stage })
        .where('id', '=', session)
        .where('stage', 'in', AFTER[stage])
        .execute();
    }
  });
}
