/** Runs operations on the installation of this host, as its administrator. */
import type { z } from 'zod';
import { summarize, writeAudit } from '../access/audit.ts';
import { openDatabase } from '../db/database.ts';
import { Catalog } from '../image/catalog.ts';
import { localActor } from '../node/entry.ts';
import { call } from '../operations/call.ts';
import { mutates, type Operation } from '../operations/operation.ts';
import { statusOf } from '../operations/status.ts';
import { explained } from './errors.ts';
import type { Work } from './context.ts';

export async function callLocal<I extends z.ZodObject, O extends z.ZodType>(
  one: Operation<I, O>,
  input: z.input<I>,
  work: Work,
): Promise<z.output<O>> {
  const { paths } = work.installation;
  const catalog = await Catalog.open(paths);
  await using database = await openDatabase(paths.database);
  const actor = localActor();
  const engine = { ...work, db: database.db, catalog, actor };
  if (!mutates(one)) return await call(one, engine, input);
  const audit = async (status: number) =>
    await writeAudit(database.db, {
      who: actor.who,
      client: 'local',
      operation: one.name,
      detail: summarize(input, one.secret),
      status,
    });
  try {
    const answer = await call(one, engine, input);
    await audit(one.status ?? 200);
    return answer;
  } catch (error) {
    await audit(statusOf(explained(error)));
    throw error;
  }
}
