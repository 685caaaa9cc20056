import { z } from 'zod';
import { findDrift } from '../../boot/drift.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';

export const driftOf = operation({
  name: 'boot.drift',
  method: 'GET',
  path: '/drift',
  scope: 'reader',
  summary: 'Compare what nodes run with what they would get at their next boot',
  input: z.strictObject({ nodes: Nodes.optional() }),
  output: z.array(
    z.object({
      node: z.string(),
      running: z.string().nullable().describe('Digest of the image that it runs; null: not known to be up'),
      assigned: z.string().nullable().describe('Digest of the image that it would boot'),
      drift: z.boolean(),
      changes: z.array(
        z.object({
          what: z.enum(['image', 'mode', 'argument', 'setting', 'file', 'packages', 'assignment']),
          name: z.string().optional(),
          from: z.string().nullable(),
          to: z.string().nullable(),
        }),
      ),
    }),
  ),
  key: (one) => one.node,
  run: async ({ db, catalog, installation, sink }, { nodes }) =>
    await findDrift({ db, catalog, installation, sink }, nodes),
});
