import { z } from 'zod';
import { setKernel } from '../../kernels/set-kernel.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imageSetKernel = operation({
  name: 'image.set-kernel',
  method: 'POST',
  path: '/images/:image/kernel',
  scope: 'operator',
  summary: 'Give an image another kernel, as a new generation',
  input: z.strictObject({
    image: ImageRef,
    kernel: z
      .string()
      .min(1)
      .max(300)
      .describe('Version of a kernel of the pool, or an image whose kernel is taken'),
  }),
  output: z.object({
    image: Generation,
    changed: z.boolean().describe('false: it has this kernel already'),
    before: z.string().nullable().describe('Kernel version before'),
    after: z.string().describe('Kernel version now'),
    layer: z.boolean().describe('Whether modules were added as a layer'),
    initramfs: z.enum(['pool', 'made', 'kept']).describe('made: from the image\u2019s own tree'),
  }),
  run: async ({ catalog, installation, sink, signal }, { image, kernel }) =>
    await setKernel(image, kernel, catalog, { installation, options: { sink, signal } }),
});
