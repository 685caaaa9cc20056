import { z } from 'zod';
import { expandAny } from '../../node/expand.ts';
import { removeNodeTrees } from '../../nfs/remove.ts';
import { ImageRef, Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { TreesOf } from './view.ts';

export const nfsRemove = operation({
  name: 'nfs.remove',
  method: 'DELETE',
  path: '/nfs/trees',
  scope: 'operator',
  summary: 'Remove trees of nodes with all that the nodes changed, unless they run from them',
  input: z.strictObject({
    image: ImageRef,
    nodes: Nodes,
    force: z.boolean().default(false).describe('Also of nodes that run, and what is in use on this host'),
  }),
  output: z.object({ ...TreesOf, removed: z.array(z.string()) }),
  run: async (engine, { image, nodes, force }) =>
    await removeNodeTrees(engine, image, await expandAny(engine.db, nodes), { force }),
});
