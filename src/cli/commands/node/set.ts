import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';
import { json, nodesFlag, optionalNodes, someNodes, type Json } from '../../flags.ts';
import { editOf, nodeFlags, type NodeFlags } from '../../settings.ts';
import { nodeTable } from './show-nodes.ts';

interface Flags extends Json, NodeFlags {
  readonly nodes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Change nodes',
    fullDescription: describe(
      [
        'What is not named stays. --mac, --argument, --group and --profile replace the whole list; --add-… and --remove-… change it. Tags, variables and interfaces are set key by key.',
      ],
      [
        ['slipway node set n[1-8] --add-group rack1 --tag rack=r1', 'Puts eight nodes into a group'],
        ["slipway node set @compute --argument '!quiet'", 'Takes away what profiles and groups say of quiet'],
        [
          'slipway node set n[1-4] --interface eth0,address=10.0.1.[1-4]/16,gateway=10.0.0.1',
          'Gives each an address; what was said of eth0 before stays',
        ],
      ],
    ),
  },
  parameters: {
    flags: { json, nodes: nodesFlag, ...nodeFlags },
    aliases: { n: 'nodes', i: 'image' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'node set');
    const edit = editOf(flags);
    if (!edit) throw fail('usage', { message: 'Nothing to set', help: 'slipway node set --help' });
    const [{ nodeChange }, { inputOf }] = await Promise.all([
      import('../../../operations/node/change.ts'),
      import('../../../operations/node/view.ts'),
    ]);
    const changed = await this.call(nodeChange, { nodes, ...inputOf(edit) });
    this.result(changed, (style, columns) => nodeTable(changed, style, columns));
  },
});
