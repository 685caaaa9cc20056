import { z } from 'zod';
import { checkImage } from '../../modes/readonly/check-image.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';

export const imageCheckReadonly = operation({
  name: 'image.check-readonly',
  method: 'GET',
  path: '/images/:image/readonly',
  scope: 'operator',
  summary: 'Name paths that services of an image write to, and no line of its rwtab or statetab',
  input: z.strictObject({
    image: ImageRef,
    state: z
      .enum(['none', 'nfs', 'local'])
      .optional()
      .describe('Where state is kept: with none statetab does not count; default: as published'),
  }),
  output: z.object({
    image: z.object({ name: z.string(), generation: z.number(), digest: z.string() }),
    files: z.array(z.string()).describe("Tables of the image; none: Slipway's own are used"),
    idle: z
      .array(z.object({ file: z.string(), line: z.number(), text: z.string(), reason: z.string() }))
      .describe('Lines of tables that do nothing'),
    uncovered: z.array(
      z.object({
        path: z.string(),
        by: z.array(z.string()).describe('Units, files of tmpfiles.d, owners'),
        why: z.array(z.string()),
        line: z.string().describe('Line for rwtab'),
        there: z.boolean().describe('Whether the image has the path: else a line for it does nothing'),
      }),
    ),
  }),
  run: async ({ catalog, sink, signal }, { image, state }) =>
    await checkImage(catalog, image, { state, sink, signal }),
});
