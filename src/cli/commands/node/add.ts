import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, nodesFlag, optionalNodes, someNodes, type Json } from '../../flags.ts';
import { editOf, nodeFlags, type NodeFlags } from '../../settings.ts';
import { nodeTable } from './show-nodes.ts';

interface Flags extends Json, NodeFlags {
  readonly nodes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Add nodes to the registry',
    fullDescription: describe(
      ['Of several nodes, what must differ is a pattern with as many elements as there are nodes.'],
      [
        [
          'slipway node add n[01-64] --mac 52:54:00:00:00:[01-40] --group compute',
          'Adds 64 nodes; MAC addresses are hexadecimal: 40 is 64',
        ],
        ['slipway node add login1 --mac 52:54:00:00:01:01 -i login:stable --tag rack=r1', 'Adds one node'],
      ],
    ),
  },
  parameters: {
    flags: { json, nodes: nodesFlag, ...nodeFlags },
    aliases: { n: 'nodes', i: 'image' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'node add');
    const edit = editOf(flags) ?? {};
    const [{ nodeAdd }, { edited }] = await Promise.all([
      import('../../../operations/node/add.ts'),
      import('../../../node/edit.ts'),
    ]);
    const added = await this.call(nodeAdd, { nodes, settings: edited({}, edit) });
    this.result(added, (style, columns) => nodeTable(added, style, columns));
  },
});
