import { z } from 'zod';
import { showBoot } from '../../node/assignment.ts';
import { NodeName } from '../fields.ts';
import { Generation } from '../image/view.ts';
import { operation } from '../operation.ts';
import { Session } from './view.ts';

export const bootShow = operation({
  name: 'boot.show',
  method: 'GET',
  path: '/boot/:node',
  scope: 'reader',
  summary: 'Show what one node boots, and its boots with their stages',
  input: z.strictObject({ node: NodeName }),
  output: z.object({
    node: z.string(),
    image: z.string().optional().describe('Reference as it was assigned'),
    mode: z.string().optional(),
    boot: z.string().optional().describe('What it boots instead of the image, if anything'),
    generation: z
      .object({ ...Generation.shape })
      .pick({ name: true, generation: true, digest: true, state: true })
      .optional()
      .describe('What the reference means now, for this node'),
    problem: z.string().optional().describe('Why it could not boot that now'),
    last: Session.optional(),
    stale: z.boolean().optional().describe('Whether the next boot brings something else'),
    history: z.array(Session),
  }),
  run: async ({ db, catalog, installation }, { node }) => await showBoot(db, catalog, node, installation),
});
