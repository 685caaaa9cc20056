import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodeArgument, off, type Json } from '../../flags.ts';
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
