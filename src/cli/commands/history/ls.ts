import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodesFlag, whole, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { when } from '../../render/text.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly limit?: number;
}

export default buildCommand({
  docs: { brief: 'List what was changed in the registry, the newest first' },
  parameters: {
    flags: {
      json,
      nodes: { ...nodesFlag, brief: 'Only changes of these nodes, whether they exist now or not' },
      limit: whole('The newest so many (default: 50)', 'number', 1, 10_000),
    },
    aliases: { n: 'nodes' },
  },
  async func(this: Context, { nodes, limit }: Flags) {
    const { changeList } = await import('../../../operations/registry/changes.ts');
    const found = await this.call(changeList, { nodes, count: limit });
    this.result(found, (style, columns) =>
      table(
        found,
        [
          { title: 'id', value: (c) => c.id, right: true },
          { title: 'when', value: (c) => when(c.at) },
          { title: 'who', value: (c) => c.who },
          { title: 'via', value: (c) => c.via },
          { title: 'count', value: (c) => c.count, right: true },
          {
            title: 'change',
            value: (c) => (c.undone === null ? c.summary : `${c.summary} (undone by ${c.undone})`),
            shrink: true,
          },
        ],
        { style, columns, empty: 'Nothing was changed yet.' },
      ),
    );
  },
});
