import { z } from 'zod';
import { rollback } from '../../image/rollback.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imageRollback = operation({
  name: 'image.rollback',
  method: 'POST',
  path: '/images/:image/rollback',
  scope: 'operator',
  summary: 'Move the tag latest back, by one generation or to the one that is named',
  input: z.strictObject({ image: ImageRef }),
  output: z.object({ from: Generation, to: Generation }),
  run: async ({ catalog }, { image }) => await rollback(catalog, image),
});
