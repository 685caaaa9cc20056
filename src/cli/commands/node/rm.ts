import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesFlag, optionalNodes, someNodes, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: { brief: 'Remove nodes from the registry' },
  parameters: {
    flags: { json, nodes: nodesFlag },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'node rm');
    await using open = await openRegistry(this);
    const { removeNodes } = await import('../../../node/registry.ts');
    const removed = await removeNodes(open.db, nodes);
    this.result(removed, () => removed.map((node) => `removed ${node.name}\n`).join(''));
  },
});
