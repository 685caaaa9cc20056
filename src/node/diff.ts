/** What a change does, for people: what is alike is told once, for a node set. */
import { fold } from '../nodeset/fold.ts';
import { naturalCompare } from '../nodeset/natural.ts';
import { tidy } from './canonical.ts';
import type { Entry } from './entry.ts';

/** One value that changes. `path`: `image`, `arguments`, `tags.rack`, `interfaces.eth0.mtu`, `files./etc/motd`. */
export interface FieldChange {
  path: string;
  /** Nothing: it was not there. */
  before?: unknown;
  /** Nothing: it goes. */
  after?: unknown;
  /** The values differ from node to node: `before` and `after` are those of the first, `last` those of the last. */
  last?: { before?: unknown; after?: unknown };
}

/** Entities of which the same is changed. */
export interface DiffGroup {
  kind: Entry['kind'];
  change: 'add' | 'change' | 'remove';
  /** Name, or of nodes a node set. */
  names: string;
  count: number;
  fields: FieldChange[];
}

type Values = Map<string, unknown>;
const NONE: Values = new Map();

/** Groups of what changes alike: profiles, groups, nodes; in the order of the entries. */
export function diffOf(entries: readonly Entry[]): DiffGroup[] {
  const groups = new Map<string, { group: DiffGroup; members: { name: string; fields: FieldChange[] }[] }>();
  for (const entry of entries) {
    const fields = fieldsOf(entry);
    const change = !entry.before ? 'add' : !entry.after ? 'remove' : 'change';
    // Of what is removed, the values are of no use.
    const alike = change === 'remove' ? [] : fields.map((one) => (varies(one.path) ? shape(one) : one));
    const key = JSON.stringify([entry.kind, entry.kind === 'node' ? '' : entry.name, change, alike]);
    const known = groups.get(key);
    if (known) known.members.push({ name: entry.name, fields });
    else
      groups.set(key, {
        group: { kind: entry.kind, change, names: entry.name, count: 1, fields: [] },
        members: [{ name: entry.name, fields }],
      });
  }
  return [...groups.values()].map(({ group, members }) => ({
    ...group,
    names: group.kind === 'node' ? fold(members.map((one) => one.name)) : group.names,
    count: members.length,
    fields: merged(members),
  }));
}

/** Such values are another one for each node. */
function varies(path: string): boolean {
  return /^(macs|address|bmc\.address|interfaces\..+\.(mac|address))$/.test(path);
}

const shape = ({ path, before, after }: FieldChange) => [path, before !== undefined, after !== undefined];

function merged(members: { name: string; fields: FieldChange[] }[]): FieldChange[] {
  let [first, last] = [members[0], members[0]];
  for (const one of members) {
    if (first && naturalCompare(one.name, first.name) < 0) first = one;
    if (last && naturalCompare(one.name, last.name) > 0) last = one;
  }
  return (first?.fields ?? []).map((field, i) => {
    const other = last?.fields[i];
    if (!other || last === first || !varies(field.path)) return field;
    if (JSON.stringify(other) === JSON.stringify(field)) return field;
    return { ...field, last: { before: other.before, after: other.after } };
  });
}

function fieldsOf({ before, after }: Entry): FieldChange[] {
  const was = before ? flat(before) : NONE;
  const is = after ? flat(after) : NONE;
  const paths = [...new Set([...was.keys(), ...is.keys()])].toSorted();
  return paths
    .filter((path) => JSON.stringify(was.get(path)) !== JSON.stringify(is.get(path)))
    .map((path) => ({
      path,
      ...(was.has(path) && { before: was.get(path) }),
      ...(is.has(path) && { after: is.get(path) }),
    }));
}

/** Lists and files are one value; other records are taken apart. */
function flat(document: object): Values {
  const values: Values = new Map();
  const put = (path: string, value: unknown) => {
    if (value !== undefined && !(Array.isArray(value) && value.length === 0))
      values.set(path, tidy(value, 1));
  };
  for (const [key, value] of Object.entries(document) as [string, unknown][]) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      put(key, value);
      continue;
    }
    for (const [name, one] of Object.entries(value) as [string, unknown][])
      if (key === 'interfaces' && typeof one === 'object' && one !== null) {
        if (Object.keys(one).length === 0) put(`${key}.${name}`, {});
        for (const [field, inner] of Object.entries(one)) put(`${key}.${name}.${field}`, inner);
      } else put(`${key}.${name}`, one);
  }
  return values;
}

/** How many entities are added, changed, removed. */
export function countsOf(groups: readonly DiffGroup[]): Record<DiffGroup['change'], number> {
  const counts = { add: 0, change: 0, remove: 0 };
  for (const { change, count } of groups) counts[change] += count;
  return counts;
}
