import { buildCommand } from '@stricli/core';
import type { z } from 'zod';
import { fold } from '../../../nodeset/fold.ts';
import type { NodeTree } from '../../../operations/nfs/view.ts';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { bytes } from '../../render/text.ts';

type Tree = z.output<typeof NodeTree>;

/** Trees that differ in nothing but their node. */
interface Line extends Pick<Tree, 'image' | 'generation' | 'kind' | 'mounted'> {
  nodes: string[];
  bytes: number;
}

export default buildCommand({
  docs: {
    brief: 'List trees of nodes',
    fullDescription:
      'Nodes whose trees stand on the same generation are one line; changes is what all of them have changed. --json has every node. A tree that is not mounted is so after slipway nfs up.',
  },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'only this image', placeholder: 'IMAGE', parse: String, optional: true }],
    },
  },
  async func(this: Context, _flags: Json, image?: string) {
    const { nfsList } = await import('../../../operations/nfs/list.ts');
    const trees = await this.call(nfsList, { image });
    this.result(trees, (style, columns) =>
      table<Line>(
        folded(trees),
        [
          { title: 'image', value: (one) => one.image },
          { title: 'gen', value: (one) => one.generation, right: true },
          { title: 'nodes', value: (one) => fold(one.nodes), shrink: true },
          { title: 'count', value: (one) => one.nodes.length, right: true },
          { title: 'kind', value: (one) => one.kind },
          { title: 'changes', value: (one) => bytes(one.bytes), right: true },
          { title: 'state', value: (one) => (one.mounted ? 'ready' : 'not mounted') },
        ],
        {
          style,
          columns,
          empty:
            image === undefined
              ? 'No node has a tree. Make some: slipway nfs add -n NODES -i IMAGE'
              : `No node has a tree of ${image}.`,
        },
      ),
    );
  },
});

function folded(trees: readonly Tree[]): Line[] {
  const key = ({ image, generation, kind, mounted }: Tree) =>
    JSON.stringify([image, generation, kind, mounted]);
  return [...Map.groupBy(trees, key).values()].flatMap((some) => {
    const [first] = some;
    if (!first) return [];
    const { image, generation, kind, mounted } = first;
    const size = some.reduce((sum, one) => sum + one.bytes, 0);
    return [{ image, generation, kind, mounted, nodes: some.map(({ node }) => node), bytes: size }];
  });
}
