import { z } from 'zod';
import { bootStates } from '../../boot/status.ts';
import { Nodes, When } from '../fields.ts';
import { operation } from '../operation.ts';

export const bootStatus = operation({
  name: 'boot.status',
  method: 'GET',
  path: '/boot',
  scope: 'reader',
  summary: 'Show where the boots of nodes are',
  input: z.strictObject({ nodes: Nodes.optional() }),
  output: z.array(
    z.object({
      node: z.string(),
      image: z.string().nullable(),
      digest: z.string().nullable(),
      mode: z.string().nullable(),
      stage: z.string().nullable().describe('The last stage; null: it has not booted yet'),
      since: When.nullable(),
      ready: z.boolean(),
    }),
  ),
  key: (state) => state.node,
  run: async ({ db, catalog }, { nodes }) => await bootStates(db, catalog, nodes),
});
