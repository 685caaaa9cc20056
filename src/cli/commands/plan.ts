import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { off } from '../flags.ts';
import { diffText } from '../render/diff.ts';
import { clusterFlags, planFor, type ClusterFlags } from './cluster-flags.ts';

interface Flags extends ClusterFlags {
  readonly 'exit-code': boolean;
}

export default buildCommand({
  docs: {
    brief: 'Show what applying cluster files would change',
    fullDescription: describe(
      [
        'What the files name becomes exactly what they say; what they do not name stays, unless --prune is given. Nothing is written.',
      ],
      [
        ['slipway plan -f cluster.yml', 'Shows the differences'],
        ['slipway plan -f cluster.d --exit-code', 'Fails if the registry is not what the files say'],
      ],
    ),
  },
  parameters: {
    flags: { ...clusterFlags, 'exit-code': off('Exit with 1 if there is something to change') },
    aliases: { f: 'file' },
  },
  async func(this: Context, flags: Flags) {
    await using plan = await planFor(this, flags, 'plan');
    const { changes } = plan.shown;
    if (flags['exit-code'] && changes.length > 0) this.exitCode = 1;
    this.result(plan.shown, (style) => diffText(changes, style));
  },
});
