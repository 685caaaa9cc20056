/** Groups and profiles that are named must be there, and those that are named stay. */
import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import { closest } from '../system/closest.ts';
import type { SlipwayError } from '../system/errors.ts';
import type { Entry } from './entry.ts';
import { fail } from './errors.ts';
import { readPresets } from './presets.ts';

/** Every group and profile that something names must be there when the change is complete. */
export async function checkPresets(t: Db, entries: readonly Entry[]): Promise<void> {
  const { groups, profiles } = await readPresets(t);
  const known = { group: groups, profile: profiles };
  for (const { kind, name, after } of entries) {
    if (after === undefined && kind !== 'node') await refuseUsed(t, kind, name);
    if (after === undefined || kind === 'profile') continue;
    const named = { profile: after.profiles ?? [], group: kind === 'node' ? (after.groups ?? []) : [] };
    for (const wanted of ['group', 'profile'] as const)
      for (const one of named[wanted])
        if (!known[wanted].has(one))
          throw unknownPreset(wanted, one, `${kind} ${name}`, [...known[wanted].keys()]);
  }
  const removed = new Set(entries.flatMap((e) => (e.kind === 'profile' && !e.after ? e.name : [])));
  for (const [name, group] of groups)
    for (const profile of group.profiles ?? [])
      if (removed.has(profile))
        throw fail('preset-in-use', { kind: 'profile', name: profile, user: `group ${name}` });
}

async function refuseUsed(t: Db, kind: 'group' | 'profile', name: string): Promise<void> {
  const user = await t
    .selectFrom('membership')
    .innerJoin('node', 'node.id', 'membership.node_id')
    .select(['node.name', sql<number | string>`count(*) over ()`.as('count')])
    .where('membership.kind', '=', kind)
    .where('membership.name', '=', name)
    .limit(1)
    .executeTakeFirst();
  if (!user) return;
  const more = Number(user.count) > 1 ? ` and ${Number(user.count) - 1} more` : '';
  throw fail('preset-in-use', { kind, name, user: `node ${user.name}${more}` });
}

/** @param known names of its kind that there are, for a suggestion */
export function unknownPreset(
  kind: 'group' | 'profile',
  name: string,
  user: string,
  known: readonly string[],
): SlipwayError {
  const near = closest(name, known);
  return fail('unknown-preset', { kind, name, user, near: near ? `Did you mean ${near}? ` : '' });
}
