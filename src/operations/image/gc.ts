import { z } from 'zod';
import { collectLayers } from '../../build/gc.ts';
import { gc } from '../../image/gc.ts';
import { pinnedBlobs, rootsOf } from '../engine.ts';
import { operation } from '../operation.ts';
import { GcReport } from './view.ts';

export const imageGc = operation({
  name: 'image.gc',
  method: 'POST',
  path: '/images/gc',
  scope: 'operator',
  summary: 'Remove blobs and build layers that nothing needs',
  input: z.strictObject({
    dryRun: z.boolean().default(false).describe('Only tell what would be removed'),
    grace: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .optional()
      .describe('Seconds that unused blobs stay; default: a day'),
    cache: z.int().min(0).optional().describe('Most bytes of build layers to keep; default: 20 GiB'),
  }),
  output: GcReport.extend({
    cache: z.object({
      removed: z.array(z.object({ title: z.string(), bytes: z.number() })),
      bytes: z.number(),
      busy: z.array(z.string()),
    }),
  }),
  async run(engine, { dryRun, grace, cache: limit }) {
    const { catalog, installation, sink, signal } = engine;
    const report = await gc(catalog, {
      dryRun,
      grace,
      roots: await rootsOf(engine),
      keep: await pinnedBlobs(engine),
      sink,
      signal,
    });
    const cache = await collectLayers(installation.paths, { limit, dryRun, signal });
    if (cache.busy.length > 0)
      sink({
        event: 'notice',
        level: 'info',
        message: `Build layers stay: ${cache.busy.join(', ')} is being built`,
      });
    return { ...report, cache };
  },
});
