/** Writes what a plan says: all of it, if the registry is still the one it was made for. */
import type { Db } from '../../db/database.ts';
import { putContent } from '../../files/contents.ts';
import { writeChange } from '../change.ts';
import { localActor, type Actor } from '../entry.ts';
import { revision } from '../presets.ts';
import { fail } from './errors.ts';
import type { ClusterPlan } from './plan.ts';

/**
 * One transaction.
 * @returns the number of the change; nothing if there was nothing to change
 * @throws SlipwayError `cluster/changed-meanwhile`, and as writeChange of change.ts
 */
export async function applyPlan(
  db: Db,
  plan: ClusterPlan,
  summary: string,
  actor: Actor = localActor(),
): Promise<number | undefined> {
  if (plan.entries.length === 0) return undefined;
  return await db.transaction().execute(async (t) => {
    if ((await revision(t)) !== plan.revision) throw await changedMeanwhile(t);
    for (const [digest, content] of plan.contents) await putContent(t, digest, content);
    return await writeChange(t, actor, summary, plan.entries);
  });
}

async function changedMeanwhile(t: Db): Promise<Error> {
  const last = await t
    .selectFrom('change')
    .select(['who', 'summary'])
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return fail('changed-meanwhile', { who: last?.who ?? 'somebody', summary: last?.summary ?? '' });
}
