import { z } from 'zod';
import { estimate } from '../../image/estimate.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Estimate } from './view.ts';

export const imageEstimate = operation({
  name: 'image.estimate',
  method: 'GET',
  path: '/images/:image/estimate',
  scope: 'reader',
  summary: 'Tell how much memory a node needs to boot an image in mode ram',
  input: z.strictObject({ image: ImageRef }),
  output: Estimate,
  run: async ({ catalog }, { image }) => await estimate(catalog, image),
});
