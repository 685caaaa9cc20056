import type { Db } from '../db/database.ts';

/**
 * A query for the newest session of each of these nodes, as `s`. Booting again ends what was
 * before: the open one is the newest, even if the clock was set back.
 */
export function newestSessions(db: Db, nodeIds: readonly string[]) {
  return db
    .selectFrom((e) =>
      e
        .selectFrom('boot_session')
        .selectAll()
        .select((s) =>
          s.fn
            .agg<number>('row_number')
            .over((o) =>
              o
                .partitionBy('node_id')
                .orderBy((x) => x('ended', 'is', null), 'desc')
                .orderBy('created', 'desc')
                .orderBy('id'),
            )
            .as('rank'),
        )
        .where('node_id', 'in', nodeIds)
        .as('s'),
    )
    .where('rank', '=', 1);
}
