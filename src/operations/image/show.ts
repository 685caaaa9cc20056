import { z } from 'zod';
import { show } from '../../image/show.ts';
import { Digest, ImageRef } from '../fields.ts';
import { Publication } from '../publication/view.ts';
import { operation } from '../operation.ts';
import { Estimate, Generation, Packages } from './view.ts';

const Part = z.object({ digest: Digest, size: z.number() }).optional();

export const imageShow = operation({
  name: 'image.show',
  method: 'GET',
  path: '/images/:image',
  scope: 'reader',
  summary: 'Show one generation: layers, kernel, memory, packages',
  input: z.strictObject({ image: ImageRef }),
  output: Generation.extend({
    description: z.string().optional(),
    architecture: z.string(),
    date: z.string(),
    system: z.record(z.string(), z.string()).describe('os-release'),
    parent: Digest.optional(),
    stack: z.array(
      z.object({
        digest: Digest,
        size: z.number(),
        format: z.enum(['squashfs', 'erofs']),
        compressor: z.enum(['zstd', 'gzip', 'xz', 'lz4']).optional().describe('Of a squashfs; default: zstd'),
        title: z.string(),
        key: z.string(),
        unpacked: z.number(),
      }),
    ),
    boot: z.object({
      version: z.string().optional(),
      arguments: z.array(z.string()),
      modules: z.array(z.string()),
      kernel: Part,
      initramfs: Part,
    }),
    selinux: z
      .object({ policy: z.string(), mode: z.enum(['enforcing', 'permissive']) })
      .optional()
      .describe('What its files are labelled for'),
    packages: Packages,
    memory: Estimate,
    root: z.object({ size: z.number(), used: z.number() }).optional().describe('Bytes'),
    published: z.array(Publication),
  }),
  run: async ({ catalog }, { image }) => await show(catalog, image),
});
