import { z } from 'zod';
import { Digest } from '../fields.ts';

export const Published = z
  .object({
    image: z.object({ name: z.string(), generation: z.number(), digest: Digest }),
    mode: z.string(),
    cached: z.boolean().describe('It was there already, or the mode needs nothing made'),
    publication: z
      .object({
        mode: z.string(),
        image: Digest,
        created: z.string(),
        blobs: z.record(z.string(), z.object({ digest: Digest, size: z.number() })),
        options: z.record(z.string(), z.union([z.string(), z.number()])),
      })
      .nullable()
      .describe('What was made; null where the mode needs nothing made'),
  })
  .meta({ id: 'Published' });
