import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodeArgument, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';
import { nodeFacts } from './settings.ts';

export default buildCommand({
  docs: { brief: 'Show one node' },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [nodeArgument] } },
  async func(this: Context, _flags: Json, name: string) {
    await using open = await openRegistry(this);
    const { showNode } = await import('../../../node/registry.ts');
    const node = await showNode(open.db, name);
    this.result(node, (style) => nodeFacts(node, style));
  },
});
