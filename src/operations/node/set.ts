import { z } from 'zod';
import { setNodes } from '../../node/registry.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView, Settings } from './view.ts';

export const nodeSet = operation({
  name: 'node.set',
  method: 'PATCH',
  path: '/nodes',
  scope: 'operator',
  summary: 'Change settings of nodes; what is not named stays',
  // What they boot is looked over first: see boot.set.
  input: Settings.omit({ image: true, mode: true }).extend({ nodes: Nodes }),
  output: z.array(NodeView),
  run: async ({ db, actor }, { nodes, ...settings }) => await setNodes(db, nodes, settings, { actor }),
});
