import { z } from 'zod';
import { listNodeTrees } from '../../nfs/records.ts';
import { removeNodes } from '../../node/registry.ts';
import { fold } from '../../nodeset/fold.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView } from './view.ts';

export const nodeRemove = operation({
  name: 'node.remove',
  method: 'DELETE',
  path: '/nodes',
  scope: 'operator',
  summary: 'Remove nodes; their boot records stay until they expire',
  input: z.strictObject({ nodes: Nodes }),
  output: z.array(NodeView),
  async run({ db, actor, installation, sink }, { nodes }) {
    const removed = await removeNodes(db, nodes, { actor });
    const names = new Set(removed.map(({ name }) => name));
    const trees = (await listNodeTrees(installation.paths)).filter(({ node }) => names.has(node));
    // What a node has written is not thrown away by the way; the next one of that name would find it.
    for (const [image, some] of Map.groupBy(trees, (tree) => tree.image)) {
      const set = fold(some.map(({ node }) => node));
      const message = `Trees of ${image} stay: ${set}. To remove them: slipway nfs rm -n ${set} -i ${image}`;
      sink({ event: 'notice', level: 'warning', message });
    }
    return removed;
  },
});
