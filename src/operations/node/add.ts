import { z } from 'zod';
import { bootsWith } from '../../node/assignment.ts';
import { addNodes } from '../../node/registry.ts';
import type { NodeDocument } from '../../node/schema.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView, Settings } from './view.ts';

export const nodeAdd = operation({
  name: 'node.add',
  method: 'POST',
  path: '/nodes',
  scope: 'operator',
  summary: 'Add nodes',
  input: z.strictObject({ nodes: Nodes, settings: Settings.default({}) }),
  output: z.array(NodeView),
  status: 201,
  // What a mode keeps for a node, such as its tree, cannot be there yet: it is not asked for.
  run: async ({ db, catalog, actor }, { nodes, settings }) =>
    await addNodes(db, nodes, settings as NodeDocument, { actor, check: bootsWith(catalog, settings) }),
});
