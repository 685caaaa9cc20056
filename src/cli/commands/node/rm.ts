import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesFlag, optionalNodes, someNodes, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: { brief: 'Remove nodes from the registry' },
  parameters: {
    flags: { json, nodes: nodesFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'node rm');
    const { nodeRemove } = await import('../../../operations/node/remove.ts');
    const removed = await this.call(nodeRemove, { nodes });
    this.result(removed, () => removed.map((node) => `removed ${node.name}\n`).join(''));
  },
});
