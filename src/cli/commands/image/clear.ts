import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, off, whole, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import { gcText } from './gc.ts';

interface Flags extends Json {
  readonly force: boolean;
  readonly grace?: number;
}

export default buildCommand({
  docs: {
    brief: 'Remove broken generations and what nothing needs',
    fullDescription:
      'Only tells what it would remove, unless --force is given. What a node is assigned to stays.',
  },
  parameters: {
    flags: {
      json,
      force: off('Really remove'),
      grace: whole('Seconds that unused blobs stay (default: one day)', 'seconds', 0, 1_000_000_000),
    },
  },
  async func(this: Context, flags: Flags) {
    await using open = await openCatalogAndRegistry(this, { reconcile: flags.force });
    const [{ clear }, { foldBriefly }] = await Promise.all([
      import('../../../image/clear.ts'),
      import('../../../nodeset/fold.ts'),
    ]);
    const { catalog, sink, signal, inUse } = open;
    const report = await clear(catalog, inUse, {
      dryRun: !flags.force,
      grace: flags.grace,
      roots: await open.roots(),
      sink,
      signal,
    });
    this.result(report, (style) => {
      const verb = report.dryRun ? 'would remove' : 'removed';
      const lines = report.broken.map((g) => `${verb} broken ${g.name}:${g.generation}`);
      for (const { generation: g, nodes } of report.inUse)
        lines.push(style.yellow(`broken, but in use by ${foldBriefly(nodes)}: ${g.name}:${g.generation}`));
      const hint = report.dryRun ? 'Nothing was removed: add --force.\n' : '';
      return lines.map((line) => `${line}\n`).join('') + gcText(report.leftovers) + hint;
    });
  },
});
