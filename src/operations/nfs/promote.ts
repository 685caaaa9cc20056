import { z } from 'zod';
import { promoteNode } from '../../nfs/changes/promote.ts';
import { ImageName, NodeName } from '../fields.ts';
import { Generation } from '../image/view.ts';
import { operation } from '../operation.ts';
import { Label } from './view.ts';

export const nfsPromote = operation({
  name: 'nfs.promote',
  method: 'POST',
  path: '/nfs/trees/:image/:node/promote',
  scope: 'operator',
  summary: 'Make a generation of what a node changed in its tree',
  input: z.strictObject({
    image: ImageName,
    node: NodeName,
    as: ImageName.optional().describe('Image that gets the generation; default: that of the tree'),
    keep_all: z.boolean().default(false).describe('Also caches, logs, host keys, and what Slipway writes'),
    refresh: z.boolean().default(false).describe('The node moves to it'),
    force: z.boolean().default(false).describe('With refresh: also if it runs, or is in use on this host'),
  }),
  output: z.object({
    node: z.string(),
    from: Label,
    generation: Generation,
    changes: z.number().describe('Paths that were added, changed or removed'),
    refreshed: z.boolean(),
  }),
  run: async (engine, { image, node, keep_all: keepAll, ...options }) =>
    await promoteNode(engine, image, node, { keepAll, ...options }),
});
