/** What node sets mean by `@group`, `@profile:name`, `@image:name` and their like. */
import type { Db } from '../db/database.ts';
import { DEFAULT_MODE } from '../modes/index.ts';
import type { Lookup } from '../nodeset/evaluate.ts';
import { fail } from '../nodeset/errors.ts';
import { groupKey, groupsOf, needsAll, type Expression, type Group } from '../nodeset/expression.ts';
import { closest } from '../system/closest.ts';
import { readNodes, type Node } from './node.ts';
import { readPresets } from './presets.ts';
import type { Presets } from './resolve.ts';

/** All that these expressions need to know of the registry. @throws SlipwayError `nodeset/unknown-group` */
export async function lookUp(db: Db, ...expressions: readonly Expression[]): Promise<Lookup> {
  const groups = await groupMembers(db, groupsOf(...expressions));
  return needsAll(...expressions) ? { groups, all: await nodeNames(db) } : { groups };
}

async function nodeNames(db: Db): Promise<string[]> {
  return (await db.selectFrom('node').select('name').execute()).map((row) => row.name);
}

/**
 * Names of nodes by `groupKey`. `*` are all nodes that have a group, an image, and so on.
 * A group or profile must be there; an image, mode, tag or architecture that no node has is empty.
 * @throws SlipwayError `nodeset/unknown-group`
 */
async function groupMembers(db: Db, groups: readonly Group[]): Promise<Map<string, string[]>> {
  const members = new Map<string, string[]>();
  if (groups.length === 0) return members;
  const presets = await readPresets(db);
  for (const group of groups) checkKnown(presets, group);
  const memberships = groups.some(isPreset) ? await presetMembers(db, presets) : undefined;
  const nodes = groups.every(isPreset) ? [] : await readNodes(db);
  for (const group of groups) {
    const key = groupKey(group);
    if (isPreset(group)) members.set(key, [...(memberships?.get(key) ?? [])]);
    else
      members.set(
        key,
        nodes.filter((node) => has(node, group)).map((node) => node.name),
      );
  }
  return members;
}

const isPreset = ({ source }: Group) => source === 'group' || source === 'profile';

function checkKnown(presets: Presets, { source, name }: Group): void {
  if (name === '*' || (source !== 'group' && source !== 'profile')) return;
  const known = source === 'group' ? presets.groups : presets.profiles;
  if (known.has(name)) return;
  const near = closest(name, [...known.keys()]);
  const sign = source === 'group' ? '@' : '@profile:';
  throw fail('unknown-group', { source, name, near: near ? `Did you mean ${sign}${near}? ` : '' });
}

/** Nodes of all groups and profiles; of profiles also those that have them through a group. */
async function presetMembers(db: Db, presets: Presets): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  const add = (key: string, node: string) => {
    const set = found.get(key);
    if (set) set.add(node);
    else found.set(key, new Set([node]));
  };
  const rows = await db
    .selectFrom('membership')
    .innerJoin('node', 'node.id', 'membership.node_id')
    .select(['membership.kind', 'membership.name as preset', 'node.name as node'])
    .execute();
  for (const { kind, preset, node } of rows) {
    const through = kind === 'group' ? (presets.groups.get(preset)?.profiles ?? []) : [];
    for (const key of [`${kind}:${preset}`, `${kind}:*`]) add(key, node);
    for (const profile of through) for (const key of [`profile:${profile}`, 'profile:*']) add(key, node);
  }
  return found;
}

/** Whether what holds for a node is what a group of another source means. */
function has(node: Node, { source, name }: Group): boolean {
  if (source === 'arch') return name === '*' || node.architecture === name;
  if (source === 'mode') {
    // As slipway node ls shows it: an image boots in some mode.
    const mode = node.mode ?? (node.image === undefined ? undefined : DEFAULT_MODE);
    return name === '*' ? mode !== undefined : mode === name;
  }
  if (source === 'image') {
    // The name of an image means whatever tag of it a node has.
    if (name === '*') return node.image !== undefined;
    return node.image === name || (!name.includes(':') && node.image?.split(':')[0] === name);
  }
  const [key = '', value] = name.split(/=(.*)/s);
  if (key === '*') return Object.keys(node.tags).length > 0;
  return Object.hasOwn(node.tags, key) && (value === undefined || node.tags[key] === value);
}
