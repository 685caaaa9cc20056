import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { fail } from '../errors.ts';
import { off } from '../flags.ts';
import { diffText } from '../render/diff.ts';
import { clusterFlags, planFor, type ClusterFlags } from './cluster-flags.ts';

interface Flags extends ClusterFlags {
  readonly yes: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Bring the registry to what cluster files say',
    fullDescription: describe(
      [
        'Shows the differences and asks before it writes them, all or none. What the files name becomes exactly what they say; what they do not name stays, unless --prune is given. slipway undo takes it back.',
      ],
      [
        ['slipway apply -f cluster.yml', 'Shows the differences, asks, writes them'],
        [
          'slipway apply -f cluster.d --prune --yes',
          'Without a question; what the files do not name is removed',
        ],
      ],
    ),
  },
  parameters: {
    flags: { ...clusterFlags, yes: off('Do not ask') },
    aliases: { f: 'file', y: 'yes' },
  },
  async func(this: Context, flags: Flags) {
    await using plan = await planFor(this, flags, 'apply');
    const { changes: groups } = plan.shown;
    const empty = { ...plan.shown, change: null };
    if (groups.length === 0) {
      this.result(empty, (style) => diffText(groups, style));
      return;
    }
    if (!flags.yes) {
      const ask = this.confirmer();
      if (!ask)
        throw fail('usage', {
          message: 'There is nobody to ask whether to apply this; give --yes',
          help: 'slipway plan, to see what would change',
        });
      if (!(await ask(diffText(groups, this.style('stderr')), 'Apply this?'))) {
        this.exitCode = 1;
        this.result(empty, () => 'Nothing was changed.\n');
        return;
      }
    }
    const change = await plan.apply();
    this.result({ ...empty, change }, (style) => {
      const shown = flags.yes ? diffText(groups, style) : '';
      return `${shown}Applied as change ${change}. To take it back: slipway undo ${change}\n`;
    });
  },
});
