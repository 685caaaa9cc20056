import { z } from 'zod';
import { history } from '../../image/history.ts';
import { ImageName } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation, kernelChanges, PackageChanges } from './view.ts';

export const imageHistory = operation({
  name: 'image.history',
  method: 'GET',
  path: '/images/:image/history',
  scope: 'reader',
  summary: 'Show the generations of an image and what changed from one to the next',
  input: z.strictObject({ image: ImageName }),
  output: z.array(
    Generation.extend({
      date: z.string().optional(),
      description: z.string().optional(),
      changed: z
        .object({
          packages: PackageChanges,
          layers: z.array(z.string()),
          newBytes: z.number(),
          ...kernelChanges,
        })
        .optional(),
    }),
  ),
  key: (entry) => String(entry.generation),
  run: async ({ catalog }, { image }) => await history(catalog, image),
});
