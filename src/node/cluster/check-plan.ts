/** What the writer would refuse is found before, all of it, and told with its place in the files. */
import { among } from '../../db/bulk.ts';
import type { Db } from '../../db/database.ts';
import { reworded, throwAll, type SlipwayError } from '../../system/errors.ts';
import { placeOf } from '../../system/yaml.ts';
import { unknownPreset } from '../check-presets.ts';
import type { Entry, NodeEntry } from '../entry.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import { closest } from '../../system/closest.ts';
import { fail } from '../errors.ts';
import { fail as failCluster } from './errors.ts';
import { macsOf } from '../node.ts';
import type { Presets } from '../resolve.ts';
import type { Wanted } from './wanted.ts';

const MOST = 100;

/**
 * @param present nodes of the registry that stay
 * @throws SlipwayError `cluster/member`, `node/unknown-preset`, `node/mac-taken`, `node/address-taken`
 */
export async function checkPlan(
  db: Db,
  wanted: Wanted,
  presets: Presets,
  entries: readonly Entry[],
  present: ReadonlyMap<string, unknown>,
): Promise<void> {
  const errors = missingMembers(wanted, present);
  for (const error of unknownPresets(wanted, presets, entries)) {
    errors.push(error);
    if (errors.length >= MOST) break;
  }
  const nodes = entries.filter((entry) => entry.kind === 'node');
  errors.push(...(await taken(db, wanted, nodes)));
  throwAll(errors.slice(0, MOST));
}

function* unknownPresets(
  wanted: Wanted,
  presets: Presets,
  entries: readonly Entry[],
): Generator<SlipwayError> {
  const removed = new Set(entries.flatMap((e) => (e.after ? [] : [`${e.kind}:${e.name}`])));
  const known = {
    group: new Set([...presets.groups.keys(), ...wanted.groups.keys()]),
    profile: new Set([...presets.profiles.keys(), ...wanted.profiles.keys()]),
  };
  for (const kind of ['group', 'profile'] as const)
    for (const name of known[kind]) if (removed.has(`${kind}:${name}`)) known[kind].delete(name);
  const told = new Set<string>();
  // All that the files name, changed or not: a profile that they use may be about to go.
  for (const [kind, name, after] of usersIn(wanted)) {
    const named = { group: after.groups ?? [], profile: after.profiles ?? [] };
    for (const sort of ['group', 'profile'] as const)
      for (const one of named[sort]) {
        if (known[sort].has(one) || told.has(`${sort}:${one}`)) continue;
        told.add(`${sort}:${one}`);
        const error = unknownPreset(sort, one, `${kind} ${name}`, [...known[sort]]);
        yield placed(error, wanted, kind, name, [`${sort}s`]);
      }
  }
}

function* usersIn(
  wanted: Wanted,
): Generator<['group' | 'node', string, { groups?: string[]; profiles?: string[] }]> {
  for (const [name, { document }] of wanted.groups) yield ['group', name, document];
  for (const [name, { document }] of wanted.nodes) yield ['node', name, document];
}

/** MAC addresses and reserved addresses that two nodes would have. */
async function taken(db: Db, wanted: Wanted, nodes: readonly NodeEntry[]): Promise<SlipwayError[]> {
  const errors: SlipwayError[] = [];
  const inChange = new Set(nodes.map((entry) => entry.name));
  for (const code of ['mac-taken', 'address-taken'] as const) {
    const owners = new Map<string, string>();
    const clash = (value: string, node: string, other: string) => {
      if (errors.length >= MOST) return;
      const error =
        code === 'mac-taken'
          ? fail(code, { mac: value, node, other })
          : fail(code, { address: value, node, other });
      errors.push(placed(error, wanted, 'node', other, [code === 'mac-taken' ? 'macs' : 'address']));
    };
    for (const { name, after } of nodes) {
      if (!after) continue;
      for (const value of code === 'mac-taken' ? macsOf(after) : [after.address ?? []].flat()) {
        const owner = owners.get(value);
        if (owner === undefined) owners.set(value, name);
        else clash(value, owner, name);
      }
    }
    for (const { value, name } of await ownersOf(db, code, [...owners.keys()]))
      if (!inChange.has(name)) clash(value, name, owners.get(value) ?? '');
  }
  return errors;
}

async function ownersOf(
  db: Db,
  code: 'mac-taken' | 'address-taken',
  values: readonly string[],
): Promise<{ value: string; name: string }[]> {
  if (values.length === 0) return [];
  if (code === 'mac-taken')
    return await db
      .selectFrom('node_mac')
      .innerJoin('node', 'node.id', 'node_mac.node_id')
      .select(['node_mac.mac as value', 'node.name'])
      .where('node_mac.mac', 'in', among(values))
      .execute();
  const rows = await db
    .selectFrom('node')
    .select(['address as value', 'name'])
    .where('address', 'in', among(values))
    .execute();
  return rows.map(({ value, name }) => ({ value: value ?? '', name }));
}

/** The error at the entry that says so; as it is where no file does. */
function placed(
  error: SlipwayError,
  wanted: Wanted,
  kind: Entry['kind'],
  name: string,
  path: readonly string[],
): SlipwayError {
  const origin = wanted[`${kind}s`].get(name)?.origin;
  return origin ? reworded(error, { where: placeOf(origin.source, [...origin.path, ...path]) }) : error;
}

/** Members must be there, or be made. */
function missingMembers(wanted: Wanted, present: ReadonlyMap<string, unknown>): SlipwayError[] {
  return [...wanted.members].flatMap(([group, { names, origin }]) => {
    const missing = [...names].filter((name) => !present.has(name) && !wanted.nodes.has(name));
    if (missing.length === 0) return [];
    const near = closest(missing[0] ?? '', [...wanted.nodes.keys()].slice(0, 10_000));
    const where = placeOf(origin.source, [...origin.path, 'members']);
    return [
      failCluster(
        'member',
        {
          group,
          count: missing.length,
          names: foldBriefly(missing),
          near: near ? `Did you mean ${near}? ` : '',
        },
        { where },
      ),
    ];
  });
}
