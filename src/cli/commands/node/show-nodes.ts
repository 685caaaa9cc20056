/** How nodes are shown. */
import type { ExplainedValue } from '../../../node/explain.ts';
import type { Node } from '../../../node/node.ts';
import type { Style } from '../../render/style.ts';
import { facts, table } from '../../render/table.ts';
import { when } from '../../render/text.ts';

export function nodeTable(
  nodes: readonly Node[],
  style: Style,
  columns: number | undefined,
  empty = '',
): string {
  return table(
    nodes,
    [
      { title: 'node', value: (n) => n.name },
      { title: 'mac', value: (n) => n.macs.join(' '), shrink: true },
      { title: 'groups', value: (n) => n.groups.join(','), shrink: true },
      { title: 'profiles', value: (n) => n.profiles.join(','), shrink: true },
      { title: 'arch', value: (n) => n.architecture },
      { title: 'address', value: (n) => n.address },
      { title: 'image', value: (n) => n.image },
      { title: 'mode', value: (n) => n.mode },
      { title: 'arguments', value: (n) => n.arguments.join(' '), shrink: true },
    ],
    { style, columns, empty },
  );
}

export function nodeFacts(node: Node, style: Style): string {
  return facts(
    [
      ['node', node.name],
      ['id', node.id],
      ['mac', node.macs.join(' ')],
      ['groups', node.groups.join(', ')],
      ['profiles', node.profiles.join(', ')],
      ['architecture', node.architecture],
      ['address', node.address],
      ['image', node.image],
      ['mode', node.mode],
      ['arguments', node.arguments.join(' ')],
      ['boots', node.boot],
      ['ipxe', pairs(node.ipxe)],
      ['overlay', node.overlay],
      ['trap', node.trap],
      ['writable', node.writable],
      ['state', node.state],
      ['bmc', [node.bmc.address, node.bmc.port].filter((one) => one !== undefined).join(' port ')],
      ['tags', pairs(node.tags)],
      ['variables', pairs(node.variables)],
      ...Object.entries(node.interfaces).map(([name, one]): [string, string] => [name, pairs(one)]),
      ['files', Object.keys(node.files).join(' ')],
      ['added', `${when(node.created)} by ${node.origin === 'registered' ? 'itself' : 'the administrator'}`],
      ['changed', when(node.updated)],
    ],
    style,
  );
}

export function explanationTable(
  values: readonly ExplainedValue[],
  style: Style,
  columns: number | undefined,
): string {
  return table(
    values,
    [
      { title: 'setting', value: (v) => (v.path.startsWith('arguments.') ? 'argument' : v.path) },
      { title: 'value', value: explained, shrink: true },
      { title: 'from', value: (v) => v.source },
    ],
    { style, columns, empty: 'nothing is said of it' },
  );
}

function explained({ value, was }: ExplainedValue): string {
  if (value !== null) return shown(value);
  return was === undefined ? 'taken away' : `taken away: ${shown(was)}`;
}

/** `rack=r1 row=3` */
export function pairs(record: object): string {
  return Object.entries(record)
    .map(([key, value]) => `${key}=${shown(value)}`)
    .join(' ');
}

/** A value on one line: texts as they are, lists of texts with commas. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(',');
  if (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one !== 'object')
  )
    return pairs(value);
  return JSON.stringify(value);
}
