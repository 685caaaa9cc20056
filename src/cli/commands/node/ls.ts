import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesFlag, noNodes, nodesOf, optionalNodes, type Json } from '../../flags.ts';
import { nodeTable } from './show-nodes.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: { brief: 'List nodes, with what their groups and profiles say' },
  parameters: {
    flags: { json, nodes: nodesFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = nodesOf(flags.nodes, positional);
    const [{ nodeList }, { listed }] = await Promise.all([
      import('../../../operations/node/list.ts'),
      import('../../../node/list.ts'),
    ]);
    const found = await this.call(nodeList, { nodes });
    this.result(found.map(listed), (style, columns) => nodeTable(found, style, columns, noNodes(nodes)));
  },
});
