import { z } from 'zod';
import { verify } from '../../image/verify.ts';
import { Digest, ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';

export const imageVerify = operation({
  name: 'image.verify',
  method: 'POST',
  path: '/images/verify',
  scope: 'operator',
  summary: 'Read every blob and compare its size and digest',
  input: z.strictObject({
    images: z.array(ImageRef).min(1).max(1000).optional().describe('Default: the whole catalog'),
  }),
  output: z.object({
    images: z.array(z.string()),
    blobs: z.number(),
    bytes: z.number(),
    bad: z.array(
      z.object({
        digest: Digest,
        problem: z.enum(['missing', 'size', 'content', 'unreadable']),
        detail: z.string(),
        affects: z.array(z.object({ image: z.string(), part: z.string() })),
      }),
    ),
  }),
  run: async ({ catalog, sink, signal }, { images }) => await verify(catalog, images, { sink, signal }),
});
