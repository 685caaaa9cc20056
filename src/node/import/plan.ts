/** What an import would change in the registry, found without writing anything; applyPlan of cluster/apply.ts writes it. */
import { among } from '../../db/bulk.ts';
import type { Db } from '../../db/database.ts';
import type { Catalog } from '../../image/catalog.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import { throwAll, type Place, type SlipwayError } from '../../system/errors.ts';
import { MOST_ERRORS } from '../../system/yaml-source.ts';
import { canonical } from '../canonical.ts';
import type { Entry, NodeEntry } from '../entry.ts';
import type { ClusterPlan } from '../cluster/plan.ts';
import { edited } from '../edit.ts';
import { macsOf, type OwnNode } from '../node.ts';
import { readPresets, revision } from '../presets.ts';
import type { NodeDocument } from '../schema.ts';
import { unbootable } from '../unbootable.ts';
import { fail } from './errors.ts';
import type { Reading } from './read.ts';
import type { Notice, Settled } from './settle.ts';

export interface ImportOptions {
  /** Change nodes, groups and profiles that are there. */
  update?: boolean;
  /** For warnings of images that are not there. */
  catalog?: Pick<Catalog, 'find'>;
}

export interface ImportPlan extends ClusterPlan {
  notices: Notice[];
  sources: Reading['sources'];
  /** Nodes, groups and profiles that are already as the source says. */
  unchanged: number;
}

/**
 * Compares. Of what is there, what the source says replaces what is said; the rest stays.
 * @throws SlipwayError `import/exists`, `import/taken`: all together
 */
export async function planImport(
  db: Db,
  reading: Reading,
  { update = false, catalog }: ImportOptions = {},
): Promise<ImportPlan> {
  const now = await revision(db);
  const presets = await readPresets(db);
  const entries: Entry[] = [];
  for (const kind of ['profile', 'group'] as const)
    for (const { name, document } of reading[`${kind}s`]) {
      const before = presets[`${kind}s`].get(name);
      entries.push({ kind, name, before, after: before ? edited(before, { set: document }) : document });
    }
  const present = await readPresent(db, reading.nodes);
  for (const { name, document } of reading.nodes) entries.push(nodeEntry(name, document, present.get(name)));
  const changed = entries.filter((entry) => canonical(entry.before) !== canonical(entry.after));
  if (!update) refuseChanges(changed);
  await checkTaken(db, reading.nodes, new Set(present.keys()));
  const documents = changed.flatMap(({ kind, name, after }) =>
    after ? [{ what: `${kind} ${name}`, settings: after }] : [],
  );
  return {
    revision: now,
    entries: changed,
    contents: new Map(),
    warnings: catalog ? await unbootable(catalog, documents) : [],
    files: reading.sources.map((one) => one.file),
    sources: reading.sources,
    notices: reading.notices,
    unchanged: entries.length - changed.length,
  };
}

type Present = Pick<OwnNode, 'id' | 'name' | 'origin'> & { text: string };

async function readPresent(db: Db, nodes: readonly Settled<NodeDocument>[]): Promise<Map<string, Present>> {
  const rows = await db
    .selectFrom('node')
    .select(['id', 'name', 'origin', 'document as text'])
    .where('name', 'in', among(nodes.map((node) => node.name)))
    .execute();
  return new Map(rows.map((row) => [row.name, row]));
}

function nodeEntry(name: string, document: NodeDocument, here: Present | undefined): NodeEntry {
  if (!here) return { kind: 'node', name, after: document };
  const before = JSON.parse(here.text) as NodeDocument;
  const { id, origin } = here;
  return { kind: 'node', id, name, origin, before, after: edited(before, { set: document }) };
}

function refuseChanges(changed: readonly Entry[]): void {
  const there = changed.filter((entry) => entry.before !== undefined);
  if (there.length === 0) return;
  const parts = (['node', 'group', 'profile'] as const).flatMap((kind) => {
    const names = there.filter((entry) => entry.kind === kind).map((entry) => entry.name);
    if (names.length === 0) return [];
    return `${kind}${names.length > 1 ? 's' : ''} ${kind === 'node' ? foldBriefly(names) : names.join(', ')}`;
  });
  throw fail('exists', { what: parts.join('; ') });
}

/** Addresses of nodes that this import does not touch. What two nodes of it would share, settle.ts has found. */
async function checkTaken(
  db: Db,
  nodes: readonly Settled<NodeDocument>[],
  present: ReadonlySet<string>,
): Promise<void> {
  const owners = new Map<string, { name: string; where: Place; what: string }>();
  for (const { name, document, place, at } of nodes) {
    for (const mac of macsOf(document)) {
      const index = (document.macs ?? []).indexOf(mac);
      const card = Object.entries(document.interfaces ?? {}).find(([, one]) => one?.mac === mac)?.[0] ?? '';
      const where = at.get(`interfaces.${card}.mac`) ?? at.get(`macs.${index}`) ?? place;
      owners.set(mac, { name, where, what: `MAC address ${mac}` });
    }
    const { address } = document;
    if (address !== undefined)
      owners.set(address, { name, where: at.get('address') ?? place, what: `Address ${address}` });
  }
  const wanted = among([...owners.keys()]);
  const macs = await db
    .selectFrom('node_mac')
    .innerJoin('node', 'node.id', 'node_mac.node_id')
    .select(['node_mac.mac as value', 'node.name'])
    .where('node_mac.mac', 'in', wanted)
    .execute();
  const addresses = await db
    .selectFrom('node')
    .select(['address as value', 'name'])
    .where('address', 'in', wanted)
    .execute();
  const errors: SlipwayError[] = [];
  for (const { value, name: owner } of [...macs, ...addresses]) {
    const mine = owners.get(value ?? '');
    if (!mine || mine.name === owner || present.has(owner)) continue;
    errors.push(fail('taken', { what: mine.what, name: mine.name, owner }, { where: mine.where }));
    if (errors.length >= MOST_ERRORS) break;
  }
  throwAll(errors);
}
