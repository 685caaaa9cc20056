import { buildCommand } from '@stricli/core';
import type { FileExplanation, Origin } from '../../../files/explain.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { json, nodeFlag, optionalNode, type Json, type OneNode } from '../../flags.ts';
import { facts } from '../../render/table.ts';
import { bytes, printable, shortDigest } from '../../render/text.ts';

const path = { brief: 'absolute path on the node', placeholder: 'PATH', parse: String } as const;

export default buildCommand({
  docs: {
    brief: 'Say where a file of a node comes from',
    fullDescription:
      'Which profile, group or node gives it, or which layer of the image has it; links are followed as the node would. Mounts the image, so it needs root.',
  },
  parameters: {
    flags: { json, nodes: nodeFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode, { ...path, optional: true }] },
  },
  async func(this: Context, flags: Json & OneNode, first?: string, second?: string) {
    const [name, wanted, more] = [flags.nodes, first, second].filter((word) => word !== undefined);
    if (name === undefined || wanted === undefined || more !== undefined)
      throw fail('usage', { message: 'Name one node and one path', help: 'slipway node explain --help' });
    const { nodeFileExplain } = await import('../../../operations/files/files.ts');
    const found = await this.call(nodeFileExplain, { node: name, path: wanted });
    this.result(found, (style) => {
      const links = found.links.map(
        (one) => `${printable(one.path)} -> ${printable(one.target)}  (${originText(one.origin)})\n`,
      );
      return links.join('') + facts(factsOf(found), style);
    });
  },
});

function factsOf({
  path: where,
  type,
  origin,
  hides,
  mode,
  owner,
  size,
}: FileExplanation): [string, string | undefined][] {
  return [
    ['path', printable(where)],
    ['type', type],
    [type === 'nothing' ? 'removed by' : 'from', origin ? originText(origin) : undefined],
    [type === 'nothing' ? 'was in' : 'instead of', hides && hides !== origin ? originText(hides) : undefined],
    ['mode', mode],
    ['owner', owner],
    ['size', size === undefined ? undefined : bytes(size)],
  ];
}

function originText(origin: Origin): string {
  if (origin.from === 'node')
    return [origin.source, ...(origin.digest === undefined ? [] : [shortDigest(origin.digest)])].join(', ');
  if (origin.from === 'boot') return `the boot: ${origin.what}`;
  return `layer ${origin.layer} of ${origin.of}, ${printable(origin.title)}, ${shortDigest(origin.digest)}`;
}
