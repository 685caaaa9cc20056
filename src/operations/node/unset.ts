import { z } from 'zod';
import { unsetNodes } from '../../node/registry.ts';
import { NodeSchema } from '../../node/schema.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView } from './view.ts';

export const nodeUnset = operation({
  name: 'node.unset',
  method: 'POST',
  path: '/nodes/unset',
  scope: 'operator',
  summary: 'Take settings of nodes away',
  input: z.strictObject({ nodes: Nodes, fields: z.array(NodeSchema.keyof()).min(1).max(50) }),
  output: z.array(NodeView),
  run: async ({ db, actor }, { nodes, fields }) => await unsetNodes(db, nodes, fields, { actor }),
});
