import { buildCommand } from '@stricli/core';
import type { BootView } from '../../../node/assignment.ts';
import type { Context } from '../../context.ts';
import { json, nodesArgument, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import { table } from '../../render/table.ts';
import { seconds, when } from '../../render/text.ts';

export default buildCommand({
  docs: { brief: 'Show what nodes boot next and how their last boot went' },
  parameters: {
    flags: { json },
    positional: { kind: 'tuple', parameters: [{ ...nodesArgument, optional: true }] },
  },
  async func(this: Context, _flags: Json, nodes?: string) {
    await using open = await openCatalogAndRegistry(this);
    const { bootStatus } = await import('../../../node/assignment.ts');
    const views = await bootStatus(open.db, open.catalog, nodes);
    this.result(views, (style, columns) =>
      table(
        views,
        [
          { title: 'node', value: (v) => v.node },
          { title: 'image', value: (v) => v.image },
          { title: 'mode', value: (v) => v.mode },
          { title: 'next', value: next },
          { title: 'last', value: (v) => v.last?.image },
          { title: 'state', value: (v) => v.last?.state },
          { title: 'stage', value: (v) => v.last?.stages.at(-1)?.name },
          {
            title: 'after',
            value: (v) => (v.last?.stages.length ? seconds(v.last.stages.at(-1)?.seconds ?? 0) : ''),
            right: true,
          },
          { title: 'started', value: (v) => (v.last ? when(v.last.started) : '') },
        ],
        {
          style,
          columns,
          empty: 'There is no node yet. Add one: slipway node add n1 --mac 52:54:00:12:34:56',
        },
      ),
    );
  },
});

/** Whether the next boot brings something else than the last one did. */
function next(view: BootView): string {
  if (view.image === undefined) return 'nothing';
  if (!view.generation) return 'unknown image';
  const label = `${view.generation.name}:${view.generation.generation}`;
  return view.stale ? `${label} (new)` : label;
}
