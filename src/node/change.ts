/**
 * The one writer of the registry. A change is a list of documents before and
 * after; it is written whole or not at all, together with its record of who and
 * when, from which it can be undone.
 */
import { zstdCompressSync } from 'node:zlib';
import type { Db } from '../db/database.ts';
import { canonical, tagOf, tidy } from './canonical.ts';
import { checkDocument } from './check.ts';
import { checkPresets } from './check-presets.ts';
import type { Actor, Entry } from './entry.ts';
import { fail } from './errors.ts';
import type { GroupDocument, ProfileDocument } from './schema.ts';
import { writeNodes } from './write-nodes.ts';

/**
 * Writes a change inside of the caller's transaction. Entries whose documents are the same are passed over;
 * new nodes get their ids, and documents are normalized, in place.
 * @returns the revision it makes, or nothing if there was nothing to change
 * @throws SlipwayError `node/changed`, `node/bad-document`, `node/mac-taken`, `node/address-taken`, `node/unknown-preset`, `node/preset-in-use`
 */
export async function writeChange(
  t: Db,
  actor: Actor,
  summary: string,
  all: readonly Entry[],
  undoes?: number,
): Promise<number | undefined> {
  for (const { kind, name, before } of actor.match ? all : [])
    if (!actor.match?.includes(tagOf(before))) throw fail('changed', { kind, name });
  for (const entry of all)
    if (entry.after !== undefined) entry.after = checkDocument(entry.kind, entry.name, entry.after);
  // Worked out once: of 100,000 nodes it is most of the time that is not the database's.
  const texts = new Map<Entry, string>();
  const entries = all.filter((one) => {
    const text = canonical(one.after);
    texts.set(one, text);
    return canonical(one.before) !== text;
  });
  if (entries.length === 0) return undefined;
  const at = Date.now();
  for (const entry of entries)
    if (entry.kind !== 'node') await writePreset(t, entry.kind, entry.name, entry.after, at);
  await writeNodes(
    t,
    entries.filter((entry) => entry.kind === 'node'),
    texts,
    at,
  );
  await checkPresets(t, entries);
  const row = await t
    .insertInto('change')
    .values({
      at,
      who: actor.who,
      via: actor.via,
      summary: oneLine(summary),
      undoes: undoes ?? null,
      count: entries.length,
      entries: zstdCompressSync(JSON.stringify(entries)),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (row.id > KEPT)
    await t
      .deleteFrom('change')
      .where('id', '<=', row.id - KEPT)
      .execute();
  return row.id;
}

/** Changes that are remembered. */
const KEPT = 10_000;

/** What a summary says comes from command lines and requests, and ends on terminals. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, ' ');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

async function writePreset(
  t: Db,
  kind: 'group' | 'profile',
  name: string,
  after: GroupDocument | ProfileDocument | undefined,
  at: number,
): Promise<void> {
  if (after === undefined) {
    await t.deleteFrom('preset').where('kind', '=', kind).where('name', '=', name).execute();
    return;
  }
  const document = JSON.stringify(tidy(after));
  await t
    .insertInto('preset')
    .values({ kind, name, document, created: at, updated: at })
    .onConflict((c) => c.columns(['kind', 'name']).doUpdateSet({ document, updated: at }))
    .execute();
}
