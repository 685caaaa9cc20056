import { z } from 'zod';
import { listNodes } from '../../node/registry.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView } from './view.ts';

export const nodeList = operation({
  name: 'node.list',
  method: 'GET',
  path: '/nodes',
  scope: 'reader',
  summary: 'List nodes, with what holds for each',
  input: z.strictObject({ nodes: Nodes.optional() }),
  output: z.array(NodeView),
  key: (node) => node.name,
  run: async ({ db }, { nodes }) => await listNodes(db, nodes),
});
