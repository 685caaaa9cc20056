/** From drafts to documents that the registry takes. */
import { placeText, throwAll, type Place } from '../../system/errors.ts';
import { fold } from '../../nodeset/fold.ts';
import { checkDocument } from '../check.ts';
import { macsOf } from '../node.ts';
import {
  GroupSchema,
  NodeSchema,
  ProfileSchema,
  type GroupDocument,
  type NodeDocument,
  type ProfileDocument,
} from '../schema.ts';
import type { Draft, DraftKind } from './draft.ts';
import { fail } from './errors.ts';
import type { Harvest } from './harvest.ts';
import { shown } from './words.ts';

/** A field that has no counterpart, and whose it was. */
export interface Notice {
  field: string;
  /** Why, where that is not plain. */
  reason: string;
  /** Folded: `n[1-1000]`. Empty: it belonged to no node. */
  nodes: string;
  profiles: string[];
  groups: string[];
}

export interface Settled<D> {
  name: string;
  document: D;
  place: Place;
  /** Where a value stands, by its path. */
  at: ReadonlyMap<string, Place>;
}

/** What an import brings, whole and checked. */
export interface Imported {
  nodes: Settled<NodeDocument>[];
  profiles: Settled<ProfileDocument>[];
  groups: Settled<GroupDocument>[];
  notices: Notice[];
}

const SCHEMAS = { node: NodeSchema, group: GroupSchema, profile: ProfileSchema };

/** @throws SlipwayError `import/…`: all mistakes together */
export function settle(harvest: Harvest): Imported {
  const all = {
    nodes: [...harvest.nodes.values()].map((draft) => settled<NodeDocument>(draft, harvest)),
    profiles: [...harvest.profiles.values()].map((draft) => settled<ProfileDocument>(draft, harvest)),
    groups: [...harvest.groups.values()].map((draft) => settled<GroupDocument>(draft, harvest)),
  };
  checkTwins(all.nodes, harvest);
  for (const draft of harvest.nodes.values())
    if (macsOf(draft.document).length === 0)
      draft.leave('no MAC address', 'the node cannot boot until it has one');
  throwAll(harvest.sorted());
  return { ...all, notices: noticesOf(harvest) };
}

/** Values that identify a node or make its network must be right; of others it is said that they are left behind. */
function settled<D>(draft: Draft, harvest: Harvest): Settled<D> {
  const { kind, name, place, at } = draft;
  for (let round = 0; round < 10; round++) {
    const result = SCHEMAS[kind].safeParse(draft.document);
    if (result.success) return { name, document: result.data as D, place, at };
    // Later elements first: positions in lists stay true.
    let wrong = false;
    const issues = new Map(result.error.issues.map((issue) => [issue.path.join('.'), issue]));
    for (const { path, message: found } of [...issues.values()].toReversed()) {
      const message = found.replace(/^Invalid string: .*/, 'it has not the right form');
      const [key = ''] = path.map(String);
      if (HARD.has(key)) {
        wrong = true;
        const where = at.get(path.join('.')) ?? at.get(path.slice(0, 3).join('.')) ?? place;
        harvest.add(
          fail(
            'value',
            { name: shown(draft.source), field: path.map(String).join('.') || 'all', problem: message },
            { where },
          ),
        );
        if (harvest.full) return { name, document: draft.document as D, place, at };
      } else {
        draft.leave(fieldOf(path), message);
        remove(draft.document, path);
      }
    }
    if (wrong) return { name, document: draft.document as D, place, at };
  }
  // Never reached by the schemas there are; if it is, this says what is wrong.
  return { name, document: checkDocument(kind, name, draft.document) as D, place, at };
}

const HARD = new Set(['macs', 'address', 'interfaces', '']);

function fieldOf(path: readonly PropertyKey[]): string {
  return shown(path.slice(0, 2).map(String).join('.'));
}

function remove(document: object, [key = '', inner]: readonly PropertyKey[]): void {
  const record = document as Record<PropertyKey, unknown>;
  const value = record[key];
  if (inner === undefined || typeof value !== 'object' || value === null) {
    delete record[key];
    return;
  }
  if (Array.isArray(value)) value.splice(Number(inner), 1);
  else delete (value as Record<PropertyKey, unknown>)[inner];
  if (Object.keys(value).length === 0) delete record[key];
}

/** One MAC address or reserved address for two nodes: both places are told. */
function checkTwins(nodes: readonly Settled<NodeDocument>[], harvest: Harvest): void {
  const owners = new Map<string, { node: Settled<NodeDocument>; where: Place }>();
  const own = (what: string, node: Settled<NodeDocument>, where: Place) => {
    const other = owners.get(what);
    if (!other) owners.set(what, { node, where });
    else {
      const place = placeText(other.where);
      harvest.add(fail('twice', { what, second: node.name, first: other.node.name, place }, { where }));
    }
  };
  for (const node of nodes) {
    if (harvest.full) return;
    const { document, at, place } = node;
    const paths = new Map((document.macs ?? []).map((mac, i) => [mac, `macs.${i}`]));
    for (const [name, one] of Object.entries(document.interfaces ?? {})) {
      if (one?.mac === undefined) continue;
      const path = `interfaces.${name}.mac`;
      if (!paths.has(one.mac) || !at.has(paths.get(one.mac) ?? '')) paths.set(one.mac, path);
    }
    for (const [mac, path] of paths) own(`MAC address ${mac}`, node, at.get(path) ?? place);
    if (document.address !== undefined) own(`Address ${document.address}`, node, at.get('address') ?? place);
  }
}

function noticesOf({ left }: Harvest): Notice[] {
  return [...left.values()]
    .map(({ field, reason, drafts }) => {
      const of = (kind: DraftKind) => [...drafts].filter((one) => one.kind === kind).map((one) => one.name);
      return {
        field,
        reason,
        nodes: fold(of('node')),
        profiles: of('profile').toSorted(),
        groups: of('group').toSorted(),
      };
    })
    .toSorted((a, b) => (a.field < b.field ? -1 : a.field > b.field ? 1 : a.reason < b.reason ? -1 : 1));
}
