import { buildCommand } from '@stricli/core';
import type { GcReport } from '../../../image/gc.ts';
import type { Context } from '../../context.ts';
import { byteSize, json, off, whole, type Json } from '../../flags.ts';
import { bytes } from '../../render/text.ts';

interface Flags extends Json {
  readonly 'dry-run': boolean;
  readonly grace?: number;
  readonly cache?: number;
}

export default buildCommand({
  docs: {
    brief: 'Remove blobs and build layers that nothing needs',
    fullDescription:
      'What is younger than the grace time stays: a build that runs now may be about to use it.',
  },
  parameters: {
    flags: {
      json,
      'dry-run': off('Only tell what would be removed'),
      grace: whole('Seconds that unused blobs stay (default: one day)', 'seconds', 0, 1_000_000_000),
      cache: {
        kind: 'parsed',
        parse: byteSize,
        brief: 'Most bytes of build layers to keep, such as 5G; the least recently used go (default: 20G)',
        placeholder: 'size',
        optional: true,
      },
    },
  },
  async func(this: Context, flags: Flags) {
    const { imageGc } = await import('../../../operations/image/gc.ts');
    const input = { dryRun: flags['dry-run'], grace: flags.grace, cache: flags.cache };
    const report = await this.call(imageGc, input, { reconcile: true });
    const layers = report.cache;
    this.result(report, () => {
      const verb = report.dryRun ? 'would remove' : 'removed';
      return `${gcText(report)}${verb} ${layers.removed.length} build layers, ${bytes(layers.bytes)}\n`;
    });
  },
});

export function gcText(report: GcReport): string {
  const verb = report.dryRun ? 'would remove' : 'removed';
  const files = report.temporary.length > 0 ? ` and ${report.temporary.length} temporary files` : '';
  return `${verb} ${report.blobs.length} blobs${files}, ${bytes(report.bytes)}; ${report.kept.blobs} blobs stay, ${bytes(report.kept.bytes)}\n`;
}
