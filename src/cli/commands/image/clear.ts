import { buildCommand } from '@stricli/core';
import type { ClearReport } from '../../../image/clear.ts';
import { foldBriefly } from '../../../nodeset/fold.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, off, whole, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import type { Style } from '../../render/style.ts';
import { oneLine } from '../../render/text.ts';
import { gcText } from './gc.ts';

interface Flags extends Json {
  readonly force: boolean;
  readonly grace?: number;
}

export default buildCommand({
  docs: {
    brief: 'Remove what is broken or half made, and what nothing needs',
    fullDescription: describe(
      [
        'Broken generations; directories of mounts, kernels, published images, layers and work without their metadata. Only tells what it would remove, unless --force is given.',
        'What a node is assigned to stays, and so does what is mounted or being made.',
      ],
      [
        ['slipway image clear', 'See what would go'],
        ['slipway image clear --force', 'Remove it'],
        ['slipway image clear compute --force', 'Only what is broken of one image'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      force: off('Really remove'),
      grace: whole('Seconds that unused blobs stay (default: one day)', 'seconds', 0, 1_000_000_000),
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'only this image', placeholder: 'NAME', parse: String, optional: true }],
    },
  },
  async func(this: Context, flags: Flags, name?: string) {
    await using open = await openCatalogAndRegistry(this, { reconcile: flags.force });
    const { clear } = await import('../../../image/clear.ts');
    const { catalog, sink, signal, inUse } = open;
    const report = await clear(catalog, inUse, {
      name,
      dryRun: !flags.force,
      grace: flags.grace,
      roots: await open.roots(),
      sink,
      signal,
    });
    this.result(report, (style) => clearText(report, style));
  },
});

function clearText(report: ClearReport, style: Style): string {
  const verb = report.dryRun ? 'would remove' : 'removed';
  const lines = report.broken.map((g) => `${verb} broken ${g.name}:${g.generation}`);
  for (const { path, why, stays } of report.directories)
    lines.push(
      stays === undefined
        ? oneLine(`${verb} ${path}: ${why}`)
        : style.yellow(oneLine(`stays, for ${stays}: ${path}`)),
    );
  for (const { generation: g, nodes } of report.inUse)
    lines.push(style.yellow(`broken, but in use by ${foldBriefly(nodes)}: ${g.name}:${g.generation}`));
  for (const g of report.mounted) lines.push(style.yellow(`broken, but mounted: ${g.name}:${g.generation}`));
  const { blobs, temporary } = report.leftovers;
  const found = lines.map((line) => `${line}\n`).join('') + gcText(report.leftovers);
  const hint =
    report.dryRun && lines.length + blobs.length + temporary.length > 0
      ? 'Nothing was removed: add --force.\n'
      : '';
  return found + hint;
}
