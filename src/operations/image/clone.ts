import { z } from 'zod';
import { clone } from '../../image/clone.ts';
import { ImageName, ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imageClone = operation({
  name: 'image.clone',
  method: 'POST',
  path: '/images/:image/clone',
  scope: 'operator',
  summary: 'Make a new image of one generation; it shares all blobs',
  input: z.strictObject({ image: ImageRef, name: ImageName.describe('Name of the new image') }),
  output: Generation,
  status: 201,
  run: async ({ catalog }, { image, name }) => await clone(catalog, image, name),
});
