/** What holds for a node, each value with where it comes from. */
import { DEFAULT_MODE } from '../modes/index.ts';
import type { Db } from '../db/database.ts';
import { expandNodes } from './expand.ts';
import { fail } from './errors.ts';
import { asNode, readOwn, type Node } from './node.ts';
import { readPresets } from './presets.ts';
import { resolve, type Origins, type Removals, type Source } from './resolve.ts';

/** One effective value. `path`: `image`, `tags.rack`, `interfaces.eth0.mtu`, `arguments.quiet`. */
export interface ExplainedValue {
  path: string;
  /** Null: `source` took away what was said before. */
  value: unknown;
  /** `profile:NAME`, `group:NAME`, `node` or `default`. */
  source: Source;
  /** What was taken away; missing where nothing was said. */
  was?: unknown;
}

export interface Explanation {
  node: Node;
  values: ExplainedValue[];
}

/** @throws SlipwayError `node/unknown` */
export async function explainNode(db: Db, name: string): Promise<Explanation> {
  const ids = (await expandNodes(db, name)).map((one) => one.id);
  const [own] = await readOwn(db, ids.slice(0, 1));
  if (!own) throw fail('unknown', { names: name, near: '' });
  const presets = await readPresets(db);
  const [origins, removals]: [Origins, Removals] = [{}, {}];
  resolve(own.document, presets, origins, removals);
  const node = asNode(own, presets);
  return { node, values: [...valuesOf(node, origins), ...takenOf(removals)] };
}

function valuesOf(node: Node, origins: Origins): ExplainedValue[] {
  const values: ExplainedValue[] = [];
  const from = (path: string, value: unknown, source = origins[path] ?? 'default') =>
    void values.push({ path, value, source });
  if (node.macs.length > 0) from('macs', node.macs, 'node');
  if (node.address !== undefined) from('address', node.address, 'node');
  if (node.groups.length > 0) from('groups', node.groups, 'node');
  from('architecture', node.architecture);
  if (node.image !== undefined) from('image', node.image);
  if (node.mode !== undefined || node.image !== undefined) from('mode', node.mode ?? DEFAULT_MODE);
  if (node.boot !== undefined) from('boot', node.boot);
  for (const argument of node.arguments) from(`arguments.${argument}`, argument);
  if (node.overlay !== undefined) from('overlay', node.overlay);
  if (node.trap !== undefined) from('trap', node.trap);
  if (node.writable !== undefined) from('writable', node.writable);
  if (node.state !== undefined) from('state', node.state);
  for (const key of ['ipxe', 'tags', 'variables', 'bmc', 'files'] as const)
    for (const [name, value] of Object.entries(node[key])) from(`${key}.${name}`, value);
  for (const [name, one] of Object.entries(node.interfaces))
    for (const [key, value] of Object.entries(one)) from(`interfaces.${name}.${key}`, value);
  from('ssh_host_keys', node.ssh_host_keys);
  return values;
}

function takenOf(removals: Removals): ExplainedValue[] {
  return Object.entries(removals).map(([path, { source, ...was }]) => ({
    path,
    value: null,
    source,
    ...was,
  }));
}
