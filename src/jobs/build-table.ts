/** What was asked for and what became of it, as the registry keeps it. */
import type { Db } from '../db/database.ts';
import type { BuildTable } from '../db/tables.ts';
import { fail } from './errors.ts';

/** Builds kept besides those under way. */
const KEPT = 1000;

export interface BuildOrder {
  recipe: string;
  /** Name of the image, instead of the one in the recipe. */
  name?: string;
  variables?: Record<string, string | number | boolean>;
  noCache?: boolean;
  offline?: boolean;
  explain?: boolean;
}

export interface BuildView extends BuildOrder {
  id: string;
  who: string;
  state: BuildTable['state'];
  /** ISO times. */
  created: string;
  started?: string;
  ended?: string;
  /** The `built` event. */
  built?: Record<string, unknown>;
  /** The error, as the command line tells it. */
  error?: Record<string, unknown>;
}

/** An event of a build, as `slipway build --json` prints it. */
export type BuildEvent = Record<string, unknown>;

/** Adds one, and forgets the oldest. */
export async function addBuild(
  db: Db,
  { id, who, order }: { id: string; who: string; order: BuildOrder },
): Promise<BuildView> {
  const { recipe, ...options } = order;
  const row: BuildTable = {
    id,
    recipe,
    options: JSON.stringify(options),
    who,
    state: 'waiting',
    created: Date.now(),
    started: null,
    ended: null,
    result: null,
  };
  await db.insertInto('build').values(row).execute();
  await db
    .deleteFrom('build')
    .where('state', 'not in', ['waiting', 'running'])
    .where('id', 'not in', (e) => e.selectFrom('build').select('id').orderBy('created', 'desc').limit(KEPT))
    .execute();
  return view(row);
}

/** The newest first. */
export async function listBuilds(db: Db): Promise<BuildView[]> {
  const rows = await db
    .selectFrom('build')
    .selectAll()
    .orderBy('created', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map(view);
}

/** @throws SlipwayError `job/no-build` */
export async function showBuild(db: Db, id: string): Promise<BuildView> {
  const row = await db.selectFrom('build').selectAll().where('id', '=', id).executeTakeFirst();
  if (!row) throw fail('no-build', { id: JSON.stringify(id) });
  return view(row);
}

export async function beginBuild(db: Db, id: string): Promise<void> {
  await db.updateTable('build').set({ state: 'running', started: Date.now() }).where('id', '=', id).execute();
}

/** @param result the `built` event, or the error */
export async function endBuild(
  db: Db,
  id: string,
  state: BuildTable['state'],
  result?: BuildEvent,
): Promise<void> {
  await db
    .updateTable('build')
    .set({ state, ended: Date.now(), result: result ? JSON.stringify(result) : null })
    .where('id', '=', id)
    .execute();
}

/** What a server that was killed had left under way becomes `interrupted`. */
export async function interruptBuilds(db: Db): Promise<void> {
  await db
    .updateTable('build')
    .set({ state: 'interrupted', ended: Date.now() })
    .where('state', 'in', ['waiting', 'running'])
    .execute();
}

function view(row: BuildTable): BuildView {
  const iso = (at: number | null) => (at === null ? undefined : new Date(at).toISOString());
  const result = row.result === null ? undefined : (JSON.parse(row.result) as BuildEvent);
  return {
    id: row.id,
    recipe: row.recipe,
    ...(JSON.parse(row.options) as Omit<BuildOrder, 'recipe'>),
    who: row.who,
    state: row.state,
    created: iso(row.created) ?? '',
    started: iso(row.started),
    ended: iso(row.ended),
    ...(result && (row.state === 'done' ? { built: result } : { error: result })),
  };
}
