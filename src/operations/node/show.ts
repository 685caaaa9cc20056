import { z } from 'zod';
import { showNode } from '../../node/registry.ts';
import { NodeName } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView } from './view.ts';

export const nodeShow = operation({
  name: 'node.show',
  method: 'GET',
  path: '/nodes/:node',
  scope: 'reader',
  summary: 'Show one node, with what holds for it',
  input: z.strictObject({ node: NodeName }),
  output: NodeView,
  run: async ({ db }, { node }) => await showNode(db, node),
});
