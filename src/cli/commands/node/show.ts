import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodeArgument, off, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';
import { explanationTable, nodeFacts } from './show-nodes.ts';

interface Flags extends Json {
  readonly explain: boolean;
}

export default buildCommand({
  docs: { brief: 'Show one node: what holds for it, with its groups and profiles' },
  parameters: {
    flags: { json, explain: off('Show where each value comes from') },
    positional: { kind: 'tuple', parameters: [nodeArgument] },
  },
  async func(this: Context, flags: Flags, name: string) {
    await using open = await openRegistry(this);
    const { explainNode } = await import('../../../node/explain.ts');
    const { node, values } = await explainNode(open.db, name);
    if (flags.explain)
      this.result({ node: node.name, values }, (style, columns) => explanationTable(values, style, columns));
    else this.result(node, (style) => nodeFacts(node, style));
  },
});
