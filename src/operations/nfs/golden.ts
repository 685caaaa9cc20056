import { z } from 'zod';
import { publish } from '../../modes/publish.ts';
import { makeGolden } from '../../nfs/golden-image.ts';
import { ImageName, ImageRef } from '../fields.ts';
import { Generation } from '../image/view.ts';
import { operation } from '../operation.ts';

export const nfsGolden = operation({
  name: 'nfs.golden',
  method: 'POST',
  path: '/nfs/golden',
  scope: 'operator',
  summary: 'Make a golden image of a staging image: a clone, published in mode nfs',
  input: z.strictObject({
    image: ImageRef.describe('The staging image'),
    name: ImageName.describe('Name of the golden image'),
  }),
  output: Generation,
  status: 201,
  run: async (engine, { image, name }) =>
    await makeGolden(engine.catalog, image, name, async (ref) => await publish(engine, ref, 'nfs')),
});
