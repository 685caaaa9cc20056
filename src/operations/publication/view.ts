import { z } from 'zod';
import { Digest } from '../fields.ts';

const parts = {
  mode: z.string(),
  created: z.string(),
  blobs: z.record(z.string(), z.object({ digest: Digest, size: z.number() })).describe('By role'),
  options: z.record(z.string(), z.union([z.string(), z.number()])),
};

/** What stands with an image. */
export const Publication = z.object(parts);

export const Published = z
  .object({
    image: z.object({ name: z.string(), generation: z.number(), digest: Digest }),
    mode: z.string(),
    cached: z.boolean().describe('It was there already, or the mode needs nothing made'),
    publication: z
      .object({ ...parts, image: Digest })
      .nullable()
      .describe('What was made; null where the mode needs nothing made'),
  })
  .meta({ id: 'Published' });
