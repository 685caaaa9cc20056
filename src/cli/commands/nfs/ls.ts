import { buildCommand } from '@stricli/core';
import type { z } from 'zod';
import { fold } from '../../../nodeset/fold.ts';
import type { NodeTree } from '../../../operations/nfs/view.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, off, type Json } from '../../flags.ts';
import { table, type Column } from '../../render/table.ts';
import { bytes } from '../../render/text.ts';

type Tree = z.output<typeof NodeTree>;

/** Trees that differ in nothing but their node. */
interface Line extends Pick<Tree, 'image' | 'generation' | 'kind' | 'mounted'> {
  nodes: string[];
  /** Nothing: sizes were not asked for. */
  bytes: number | undefined;
}

interface Flags extends Json {
  readonly sizes: boolean;
}

export default buildCommand({
  docs: {
    brief: 'List trees of nodes',
    fullDescription: describe(
      [
        'Nodes whose trees stand on the same generation are one line. --json has every node. A tree that is not mounted is so after slipway nfs up.',
        '--sizes tells what all of them have changed. For that everything that they wrote is looked at, and trees of kind reflink and copy as a whole.',
      ],
      [['slipway nfs ls compute --sizes', 'What nodes have of compute, and how much they changed']],
    ),
  },
  parameters: {
    flags: { json, sizes: off('Measure what was changed, which may take long') },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'only this image', placeholder: 'IMAGE', parse: String, optional: true }],
    },
  },
  async func(this: Context, { sizes }: Flags, image?: string) {
    const { nfsList } = await import('../../../operations/nfs/list.ts');
    const trees = await this.call(nfsList, { image, sizes });
    this.result(trees, (style, columns) =>
      table<Line>(
        folded(trees),
        [
          { title: 'image', value: (one) => one.image },
          { title: 'gen', value: (one) => one.generation, right: true },
          { title: 'nodes', value: (one) => fold(one.nodes), shrink: true },
          { title: 'count', value: (one) => one.nodes.length, right: true },
          { title: 'kind', value: (one) => one.kind },
          ...(sizes ? [CHANGES] : []),
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

const CHANGES: Column<Line> = {
  title: 'changes',
  value: ({ bytes: size }) => (size === undefined ? undefined : bytes(size)),
  right: true,
};

/** By image and generation. */
function folded(trees: readonly Tree[]): Line[] {
  const key = ({ image, generation, kind, mounted }: Tree) =>
    JSON.stringify([image, generation, kind, mounted]);
  const lines = [...Map.groupBy(trees, key).values()].flatMap((some): Line[] => {
    const [first] = some;
    if (!first) return [];
    const { image, generation, kind, mounted } = first;
    const size = some.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
    const nodes = some.map(({ node }) => node);
    return [{ image, generation, kind, mounted, nodes, bytes: first.bytes === undefined ? undefined : size }];
  });
  return lines.toSorted(
    (a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : 0) || a.generation - b.generation,
  );
}
