import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { json, nodesFlag, optionalNodes, someNodes, type Json } from '../../flags.ts';
import { pathsOf, unsetNodeFlags, type Unset } from '../../unset-settings.ts';
import { nodeTable } from './show-nodes.ts';

type Flags = Json & Unset<typeof unsetNodeFlags> & { readonly nodes?: string };

export default buildCommand({
  docs: {
    brief: 'Take settings of nodes away',
    fullDescription:
      'What their profiles and groups say then holds. To hide that too: slipway node set with !KEY or !name.',
  },
  parameters: {
    flags: { json, nodes: nodesFlag, ...unsetNodeFlags },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'node unset');
    const paths = pathsOf(flags);
    if (paths.length === 0)
      throw fail('usage', { message: 'Nothing to unset', help: 'slipway node unset --help' });
    const { nodeChange } = await import('../../../operations/node/change.ts');
    const { inputOf } = await import('../../../operations/node/view.ts');
    const changed = await this.call(nodeChange, { nodes, ...inputOf({ unset: paths }) });
    this.result(changed, (style, columns) => nodeTable(changed, style, columns));
  },
});
