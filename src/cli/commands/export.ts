import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { json, nodesFlag, nodesOf, optionalNodes, type Json } from '../flags.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Write the registry as a cluster file',
    fullDescription: describe(
      [
        'Nodes, groups, profiles and the contents of their files, but no secrets. Applying it to the same registry changes nothing.',
      ],
      [
        ['slipway export > cluster.yml', 'All of it'],
        ['slipway export -n @rack1', 'Some nodes, with the groups and profiles that they use'],
      ],
    ),
  },
  parameters: {
    flags: { json, nodes: nodesFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const { registryExport } = await import('../../operations/registry/cluster.ts');
    const { text } = await this.call(registryExport, { nodes: nodesOf(flags.nodes, positional) });
    this.result({ text }, () => text);
  },
});
