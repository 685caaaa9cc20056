import { z } from 'zod';
import { removeNodes } from '../../node/registry.ts';
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
  run: async ({ db, actor }, { nodes }) => await removeNodes(db, nodes, { actor }),
});
