import { z } from 'zod';
import { ESTIMATED, estimate } from '../../image/estimate-for.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Estimate } from './view.ts';

export const imageEstimate = operation({
  name: 'image.estimate',
  method: 'GET',
  path: '/images/:image/estimate',
  scope: 'reader',
  summary: 'Tell how much memory a node needs to boot an image in a mode',
  input: z.strictObject({
    image: ImageRef,
    mode: z.enum(ESTIMATED).default('ram').describe('How it is booted'),
    size: z.string().max(50).optional().describe('As if its root had this size: 1500M, 1.5G, auto'),
  }),
  output: Estimate.extend({
    mode: z.enum(ESTIMATED),
    size: z.number().nullable().describe('Of the root; null where it has no limit of its own'),
    used: z.number().nullable().describe('What its content takes up'),
    writable: z.number().nullable().describe('What nodes can write'),
    full: z.number().nullable().describe('RAM of a machine on which all of that is written'),
    server: z
      .number()
      .nullable()
      .describe('nfs, readonly: of the tree that all nodes share, on the NFS server'),
    published: z.boolean().nullable().describe('livenet: whether the figures are those of what is published'),
  }),
  run: async ({ catalog, signal }, { image, mode, size }) =>
    await estimate(catalog, image, { mode, size, signal }),
});
