/** What was changed in the registry, when and by whom; and taking it back. */
import { zstdDecompressSync } from 'node:zlib';
import type { Db } from '../db/database.ts';
import type { ChangeTable } from '../db/tables.ts';
import { expandInOrder } from '../nodeset/evaluate.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import { parse as parseNodeSet } from '../nodeset/parse.ts';
import { canonical } from './canonical.ts';
import { writeChange } from './change.ts';
import { localActor, type Actor, type Entry } from './entry.ts';
import { diffOf, type DiffGroup } from './diff.ts';
import { fail } from './errors.ts';
import { lookUp } from './groups.ts';
import { readOwn } from './node.ts';
import { readPresets } from './presets.ts';

export interface Change {
  id: number;
  /** ISO time. */
  at: string;
  who: string;
  /** `cli`, `api` or `server`. */
  via: string;
  summary: string;
  /** Nodes, groups and profiles in it. */
  count: number;
  /** The change that this one took back. */
  undoes: number | null;
  /** The newest change that took this one back. */
  undone: number | null;
}

export interface HistoryOptions {
  /** Only changes of these nodes, whether they exist now or not. */
  nodes?: string;
  /** The newest so many. Default: 50. */
  limit?: number;
}

/** The newest first. @throws SlipwayError `nodeset/…` */
export async function listChanges(db: Db, { nodes, limit = 50 }: HistoryOptions = {}): Promise<Change[]> {
  const names = nodes === undefined ? undefined : await namesOf(db, nodes);
  const found: Change[] = [];
  const undone = await undoneBy(db);
  let below = Number.MAX_SAFE_INTEGER;
  while (found.length < limit) {
    const rows = await db
      .selectFrom('change')
      .select(['id', 'at', 'who', 'via', 'summary', 'count', 'undoes'])
      .where('id', '<', below)
      .orderBy('id', 'desc')
      .limit(names ? 20 : limit)
      .execute();
    if (rows.length === 0) break;
    for (const row of rows) {
      below = row.id;
      if (names && !(await entriesOf(db, row.id)).some((e) => e.kind === 'node' && names.has(e.name)))
        continue;
      found.push(asChange(row, undone));
      if (found.length >= limit) break;
    }
  }
  return found;
}

/** Names need not exist: they may be of nodes that are gone. */
async function namesOf(db: Db, nodes: string): Promise<Set<string>> {
  const expression = parseNodeSet(nodes);
  return expandInOrder(expression, await lookUp(db, expression));
}

/** @param id default: the newest @throws SlipwayError `node/no-change` */
export async function showChange(db: Db, id?: number): Promise<Change & { changes: DiffGroup[] }> {
  const row = await find(db, id);
  return { ...asChange(row, await undoneBy(db)), changes: diffOf(parse(row.entries)) };
}

/**
 * Takes a change back, if everything in it still is as it left it.
 * @param id default: the newest change
 * @returns the change that this makes, with what it does; nothing is written when `dryRun` is set
 * @throws SlipwayError `node/no-change`, `node/changed-since`, and as writeChange of change.ts
 */
export async function undoChange(
  db: Db,
  id?: number,
  actor: Actor = localActor(),
): Promise<{ id: number; undoes: number; summary: string; changes: DiffGroup[] }> {
  return await db.transaction().execute(async (t) => {
    const row = await find(t, id);
    const entries = parse(row.entries);
    await refuseChangedSince(t, row.id, entries);
    const back = entries.map((entry): Entry => {
      const { before: after, after: before, ...rest } = entry;
      return { ...rest, before, after };
    });
    const summary = `undo ${row.id}: ${row.summary}`;
    const written = await writeChange(t, actor, summary, back, row.id);
    return { id: written ?? 0, undoes: row.id, summary, changes: diffOf(back) };
  });
}

async function refuseChangedSince(t: Db, id: number, entries: readonly Entry[]): Promise<void> {
  const presets = await readPresets(t);
  const nodes = new Map((await readOwn(t)).map((one) => [one.name, one]));
  const changed = entries.filter((entry) => {
    if (entry.kind === 'group') return canonical(presets.groups.get(entry.name)) !== canonical(entry.after);
    if (entry.kind === 'profile')
      return canonical(presets.profiles.get(entry.name)) !== canonical(entry.after);
    const now = nodes.get(entry.name);
    return canonical(now?.document) !== canonical(entry.after) || (now !== undefined && now.id !== entry.id);
  });
  if (changed.length === 0) return;
  const wanted = new Set(changed.map((entry) => `${entry.kind} ${entry.name}`));
  const later = await t.selectFrom('change').select('id').where('id', '>', id).orderBy('id').execute();
  const by: number[] = [];
  for (const row of later)
    if ((await entriesOf(t, row.id)).some((e) => wanted.has(`${e.kind} ${e.name}`))) by.push(row.id);
  const nodesOf = changed.filter((e) => e.kind === 'node').map((e) => e.name);
  const rest = changed.filter((e) => e.kind !== 'node').map((e) => `${e.kind} ${e.name}`);
  const names = [...rest.slice(0, 10), ...(nodesOf.length > 0 ? [foldBriefly(nodesOf)] : [])].join(', ');
  throw fail('changed-since', {
    id,
    names,
    by: by.length > 0 ? `change ${by.slice(0, 20).join(', ')}` : 'something that is not remembered',
    last: by.at(-1) ?? id,
  });
}

async function find(db: Db, id?: number): Promise<ChangeTable & { id: number }> {
  const row = await db
    .selectFrom('change')
    .selectAll()
    .$if(id !== undefined, (q) => q.where('id', '=', id ?? 0))
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) throw fail('no-change', { id: id === undefined ? '' : ` ${id}` });
  return row as unknown as ChangeTable & { id: number };
}

async function entriesOf(db: Db, id: number): Promise<Entry[]> {
  const row = await db.selectFrom('change').select('entries').where('id', '=', id).executeTakeFirst();
  return row ? parse(row.entries) : [];
}

function parse(entries: Uint8Array): Entry[] {
  return JSON.parse(zstdDecompressSync(entries).toString()) as Entry[];
}

async function undoneBy(db: Db): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom('change')
    .select(['id', 'undoes'])
    .where('undoes', 'is not', null)
    .orderBy('id')
    .execute();
  return new Map(rows.map((row) => [row.undoes ?? 0, row.id]));
}

function asChange(
  row: Omit<ChangeTable, 'entries' | 'id'> & { id: number },
  undone: ReadonlyMap<number, number>,
): Change {
  const { id, at, who, via, summary, count, undoes } = row;
  return {
    id,
    at: new Date(at).toISOString(),
    who,
    via,
    summary,
    count,
    undoes,
    undone: undone.get(id) ?? null,
  };
}
