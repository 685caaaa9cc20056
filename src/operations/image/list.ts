import { z } from 'zod';
import { Digest, ImageName } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imageList = operation({
  name: 'image.list',
  method: 'GET',
  path: '/images',
  scope: 'reader',
  summary: 'List images and their generations',
  input: z.strictObject({ name: ImageName.optional() }),
  output: z.array(
    Generation.extend({
      digest: Digest.nullable(),
      created: z.string().nullable(),
      kernel: z.string().nullable(),
      state: z.enum(['ready', 'broken', 'building']),
      building: z
        .object({
          what: z.string(),
          who: z.string().optional(),
          since: z.string().optional(),
          process: z.number().optional(),
          step: z.string().optional().describe('What runs now'),
        })
        .optional()
        .describe('Who makes it'),
    }),
  ),
  key: (image) => `${image.name}:${image.generation}`,
  async run({ catalog }, { name }) {
    const all = (await catalog.list()).filter((image) => name === undefined || image.name === name);
    return all.map((image) => ({ ...image, kernel: image.kernel ?? null }));
  },
});
