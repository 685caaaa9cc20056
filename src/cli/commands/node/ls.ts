import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesArgument, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';
import { nodeTable } from './settings.ts';

export default buildCommand({
  docs: { brief: 'List nodes' },
  parameters: {
    flags: { json },
    positional: { kind: 'tuple', parameters: [{ ...nodesArgument, optional: true }] },
  },
  async func(this: Context, _flags: Json, nodes?: string) {
    await using open = await openRegistry(this);
    const { listNodes } = await import('../../../node/registry.ts');
    const found = await listNodes(open.db, nodes);
    this.result(found, (style, columns) => nodeTable(found, style, columns));
  },
});
