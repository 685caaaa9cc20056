/** Filters that templates of nodes have besides LiquidJS's own. */
import type { Liquid } from 'liquidjs';
import { fold } from '../nodeset/fold.ts';
import { NAME } from '../system/names.ts';
import { parseCidr, type Cidr } from './cidr.ts';

export function addFilters(liquid: Liquid): void {
  // Names or nodes, to a node set: n[1-8].
  liquid.registerFilter('nodeset', (list: unknown) => fold(asList(list).map(nameOf)));
  // The nodes of a list that belong to a group, or are not of it.
  liquid.registerFilter('in_group', (list: unknown, group: unknown) =>
    asList(list).filter((one) => belongs(one, group)),
  );
  liquid.registerFilter('not_in_group', (list: unknown, group: unknown) =>
    asList(list).filter((one) => !belongs(one, group)),
  );
  // Parts of an address such as 10.0.0.7/16.
  for (const part of ['ip', 'prefix', 'netmask', 'network', 'cidr', 'broadcast'] as const)
    liquid.registerFilter(part, (text: unknown) => partOf(text, part));
}

function asList(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function nameOf(value: unknown): string {
  const name = typeof value === 'object' && value !== null && 'name' in value ? value.name : value;
  if (typeof name !== 'string' || !NAME.test(name))
    throw new TypeError(`nodeset: ${JSON.stringify(name)} is not the name of a node`);
  return name;
}

function belongs(value: unknown, group: unknown): boolean {
  const groups = (value as { groups?: unknown } | null)?.groups;
  return Array.isArray(groups) && groups.includes(group);
}

function partOf(text: unknown, part: keyof Cidr): string | number {
  const found = typeof text === 'string' ? parseCidr(text)?.[part] : undefined;
  if (found === undefined)
    throw new TypeError(`${part}: ${JSON.stringify(text)} is not an address such as 10.0.0.7/16`);
  return found;
}
