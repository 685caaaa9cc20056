import { z } from 'zod';
import { setBoot } from '../../node/assignment.ts';
import { addNodes, removeNodes } from '../../node/registry.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeView, Settings } from './view.ts';

export const nodeAdd = operation({
  name: 'node.add',
  method: 'POST',
  path: '/nodes',
  scope: 'operator',
  summary: 'Add nodes',
  input: Settings.extend({ nodes: Nodes }),
  output: z.array(NodeView),
  status: 201,
  async run({ db, catalog, actor }, { nodes, image, mode, ...settings }) {
    const added = await addNodes(db, nodes, settings, { actor });
    if (image === undefined && mode === undefined) return added;
    try {
      return await setBoot(db, catalog, nodes, { image, mode }, actor);
    } catch (error) {
      await removeNodes(db, nodes, { actor }); // All or nothing: an image that cannot be booted leaves no half-made node.
      throw error;
    }
  },
});
