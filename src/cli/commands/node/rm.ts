import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesArgument, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';

export default buildCommand({
  docs: { brief: 'Remove nodes from the registry' },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [nodesArgument] } },
  async func(this: Context, _flags: Json, nodes: string) {
    await using open = await openRegistry(this);
    const { removeNodes } = await import('../../../node/registry.ts');
    const removed = await removeNodes(open.db, nodes);
    this.result(removed, () => removed.map((node) => `removed ${node.name}\n`).join(''));
  },
});
