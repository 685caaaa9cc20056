/** What applying cluster files would change: found without writing anything. */
import { among } from '../../db/bulk.ts';
import type { Db } from '../../db/database.ts';
import type { Catalog } from '../../image/catalog.ts';
import { canonical } from '../canonical.ts';
import type { Entry, NodeEntry } from '../entry.ts';
import { readPresets, revision } from '../presets.ts';
import type { Presets } from '../resolve.ts';
import type { NodeDocument } from '../schema.ts';
import { unbootable } from '../unbootable.ts';
import { checkPlan } from './check-plan.ts';
import type { Contents } from './content.ts';
import type { Wanted } from './wanted.ts';

export interface ClusterPlan {
  /** Of the registry that the plan was made for; only to that it can be applied. */
  revision: number;
  /** What changes, and nothing else. */
  entries: Entry[];
  contents: Contents;
  /** What will be a problem when nodes boot. */
  warnings: string[];
  files: string[];
}

export interface PlanOptions {
  /** Remove what the files do not name. */
  prune?: boolean;
  /** For warnings of images that are not there. */
  catalog?: Pick<Catalog, 'find'>;
}

/** A node of the registry; its document as it is kept. */
interface Present {
  id: string;
  name: string;
  origin: 'admin' | 'registered';
  text: string;
}

/**
 * Compares. What the files name becomes exactly what they say; what they do not name stays.
 * @throws SlipwayError `cluster/member`, `node/unknown-preset`, `node/preset-in-use`, `node/mac-taken`, `node/address-taken`: all together, with places
 */
export async function planCluster(
  db: Db,
  wanted: Wanted,
  { prune = false, catalog }: PlanOptions = {},
): Promise<ClusterPlan> {
  // First: whatever is changed from now on is noticed when the plan is applied.
  const now = await revision(db);
  const presets = await readPresets(db);
  const entries: Entry[] = [...presetEntries('profile', wanted, presets, prune)];
  entries.push(...presetEntries('group', wanted, presets, prune));
  const present = await readPresent(db, wanted, prune);
  for (const entry of nodeEntries(wanted, present, prune)) entries.push(entry);
  await checkPlan(db, wanted, presets, entries, prune ? new Map() : present);
  const documents = entries.flatMap(({ kind, name, after }) =>
    after ? [{ what: `${kind} ${name}`, settings: after }] : [],
  );
  const warnings = catalog ? await unbootable(catalog, documents) : [];
  return { revision: now, entries, contents: wanted.contents, warnings, files: wanted.files };
}

function* presetEntries(
  kind: 'group' | 'profile',
  wanted: Wanted,
  presets: Presets,
  prune: boolean,
): Generator<Entry> {
  const here = kind === 'group' ? presets.groups : presets.profiles;
  const there = kind === 'group' ? wanted.groups : wanted.profiles;
  for (const [name, { document: after }] of there) {
    const before = here.get(name);
    if (canonical(before) !== canonical(after)) yield { kind, name, before, after };
  }
  if (!prune) return;
  for (const [name, before] of here) if (!there.has(name)) yield { kind, name, before };
}

/** Those that are named, and whose membership may change; all of them to prune. */
async function readPresent(db: Db, wanted: Wanted, prune: boolean): Promise<Map<string, Present>> {
  const names = new Set([
    ...wanted.nodes.keys(),
    ...[...wanted.members.values()].flatMap((one) => [...one.names]),
  ]);
  const columns = ['node.id', 'node.name', 'node.origin', 'node.document as text'] as const;
  const query = db.selectFrom('node').select(columns);
  const rows: Present[] = prune
    ? await query.execute()
    : await query.where('name', 'in', among([...names])).execute();
  const listed = [...wanted.members.keys()];
  if (!prune && listed.length > 0)
    rows.push(
      ...(await query
        .where('id', 'in', (e) =>
          e
            .selectFrom('membership')
            .select('node_id')
            .where('kind', '=', 'group')
            .where('name', 'in', among(listed)),
        )
        .execute()),
    );
  return new Map(rows.map((row) => [row.name, row]));
}

function* nodeEntries(wanted: Wanted, present: Map<string, Present>, prune: boolean): Generator<NodeEntry> {
  const memberships = membershipsOf(wanted);
  for (const [name, { document }] of wanted.nodes) {
    const here = present.get(name);
    const extra = memberships.get(name) ?? [];
    const groups = [...new Set([...(document.groups ?? []), ...extra])];
    const after = extra.length > 0 ? { ...document, groups } : document;
    const entry = here ? changed(here, after) : ({ kind: 'node', name, after } as const);
    if (entry) yield entry;
  }
  if (prune) {
    for (const { id, name, origin, text } of present.values())
      if (!wanted.nodes.has(name))
        yield { kind: 'node', id, name, origin, before: JSON.parse(text) as NodeDocument };
    return;
  }
  for (const here of present.values()) {
    if (wanted.nodes.has(here.name)) continue;
    const before = JSON.parse(here.text) as NodeDocument;
    const own = memberships.get(here.name) ?? [];
    const kept = (before.groups ?? []).filter((g) => own.includes(g) || !wanted.members.has(g));
    const entry = changed(here, { ...before, groups: [...new Set([...kept, ...own])] });
    if (entry) yield entry;
  }
}

/** Nothing, if nothing changes. The order of groups has no meaning: theirs is a change of its own. */
function changed({ id, name, origin, text }: Present, after: NodeDocument): NodeEntry | undefined {
  if (canonical(after) === text) return undefined;
  const before = JSON.parse(text) as NodeDocument;
  const [was, is] = [before.groups ?? [], after.groups ?? []];
  const turned = was.join() !== is.join() && new Set(was).symmetricDifference(new Set(is)).size === 0;
  if (!turned) return { kind: 'node', id, name, origin, before, after };
  const kept = { ...after, groups: before.groups };
  return canonical(kept) === text ? undefined : { kind: 'node', id, name, origin, before, after: kept };
}

/** Groups of each node that they list. */
function membershipsOf({ members }: Wanted): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [group, { names }] of members)
    for (const name of names) {
      const list = found.get(name);
      if (list) list.push(group);
      else found.set(name, [group]);
    }
  return found;
}
