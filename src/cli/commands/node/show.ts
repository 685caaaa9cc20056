import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodeFlag, off, optionalNode, someNodes, type Json, type OneNode } from '../../flags.ts';
import { explanationTable, nodeFacts } from './show-nodes.ts';

interface Flags extends Json, OneNode {
  readonly explain: boolean;
}

export default buildCommand({
  docs: { brief: 'Show one node: what holds for it, with its groups and profiles' },
  parameters: {
    flags: { json, nodes: nodeFlag, explain: off('Show where each value comes from') },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const name = someNodes(flags.nodes, positional, 'node show');
    const { nodeExplain, nodeShow } = await import('../../../operations/node/show.ts');
    if (flags.explain) {
      const explained = await this.call(nodeExplain, { node: name });
      this.result(explained, (style, columns) => explanationTable(explained.values, style, columns));
    } else {
      const node = await this.call(nodeShow, { node: name });
      this.result(node, (style) => nodeFacts(node, style));
    }
  },
});
