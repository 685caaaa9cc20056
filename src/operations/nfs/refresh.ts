import { z } from 'zod';
import { publish } from '../../modes/publish.ts';
import { refreshNodeTrees } from '../../nfs/changes/refresh.ts';
import { expandAny } from '../../node/expand.ts';
import { ImageRef, Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { Label } from './view.ts';

export const nfsRefresh = operation({
  name: 'nfs.refresh',
  method: 'POST',
  path: '/nfs/trees/refresh',
  scope: 'operator',
  summary: 'Move trees of nodes to another generation, with what the nodes changed or without',
  input: z.strictObject({
    image: ImageRef,
    nodes: Nodes,
    drop: z.boolean().default(false).describe('Drop what the nodes changed'),
    dry_run: z.boolean().default(false).describe('Only say what would be done'),
    force: z.boolean().default(false).describe('Also of nodes that run, and what is in use on this host'),
  }),
  output: z.object({
    image: Label,
    dryRun: z.boolean(),
    drop: z.boolean(),
    nodes: z.array(
      z.object({
        node: z.string(),
        from: z.number().describe('Generation of before'),
        already: z.boolean().describe('It stood on this generation'),
        conflicts: z.array(z.string()).describe('Changed by node and generation; those of the node stay'),
      }),
    ),
  }),
  async run(engine, { image, nodes, dry_run: dryRun, ...options }) {
    const names = await expandAny(engine.db, nodes);
    if (!dryRun) await publish(engine, image, 'nfs');
    return await refreshNodeTrees(engine, image, names, { dryRun, ...options });
  },
});
