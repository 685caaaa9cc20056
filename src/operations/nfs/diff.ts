import { z } from 'zod';
import { diffNode } from '../../nfs/changes/diff.ts';
import { ImageName, NodeName } from '../fields.ts';
import { FileChange } from '../image/view.ts';
import { operation } from '../operation.ts';
import { Kind } from './view.ts';

export const nfsDiff = operation({
  name: 'nfs.diff',
  method: 'GET',
  path: '/nfs/trees/:image/:node/changes',
  scope: 'reader',
  summary: 'Show what a node changed in its tree',
  input: z.strictObject({
    image: ImageName,
    node: NodeName,
    all: z.boolean().default(false).describe('Also what Slipway writes at each boot'),
    limit: z.int().min(1).max(1_000_000).default(100_000).describe('Most files listed'),
  }),
  output: z.object({
    node: z.string(),
    image: z.string(),
    generation: z.number().describe('That the tree stands on'),
    kind: Kind,
    files: z.array(FileChange),
    truncated: z.boolean(),
  }),
  run: async (engine, { image, node, ...options }) =>
    await diffNode(engine, image, node, { ...options, sink: engine.sink }),
});
