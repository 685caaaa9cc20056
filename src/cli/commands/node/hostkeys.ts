import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesFlag, nodesOf, optionalNodes, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Print the ssh host keys of nodes as lines for known_hosts',
    fullDescription:
      'All nodes that have keys of Slipway, without NODES. Under the name of the node and its addresses.',
  },
  parameters: {
    flags: { json, nodes: nodesFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const { hostKeys } = await import('../../../operations/files/hostkeys.ts');
    const found = await this.call(hostKeys, { nodes: nodesOf(flags.nodes, positional) });
    this.result(found, () => found.flatMap(({ lines }) => lines.map((line) => `${line}\n`)).join(''));
  },
});
