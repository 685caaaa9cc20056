import { z } from 'zod';
import { listKernels } from '../../kernels/list.ts';
import { operation } from '../operation.ts';

export const kernelList = operation({
  name: 'kernel.list',
  method: 'GET',
  path: '/kernels',
  scope: 'reader',
  summary: 'List the kernels of the pool, whether they can boot, and which images have them',
  input: z.strictObject({}),
  output: z.array(
    z.object({
      version: z.string(),
      architecture: z.enum(['amd64', 'arm64']).optional(),
      initramfs: z
        .enum(['present', 'outdated', 'missing'])
        .describe('outdated: made for another state of Slipway; it is made again when it is needed'),
      initramfsFrom: z.string().optional().describe('What the initramfs was made from'),
      problem: z.string().optional().describe('Why it can boot nothing'),
      from: z.string().optional().describe('Where it came from'),
      added: z.string().optional(),
      bytes: z.number().describe('vmlinuz, packed modules, initramfs'),
      images: z.array(z.string()).describe('Generations with this very kernel; each has its own copy'),
    }),
  ),
  key: (kernel) => kernel.version,
  run: async ({ installation, catalog }) => await listKernels(installation.paths, catalog),
});
