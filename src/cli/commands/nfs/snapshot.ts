import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';
import { imageFlag, json, nodeArgument, off, text, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { when } from '../../render/text.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly image?: string;
  readonly list: boolean;
  readonly rm?: string;
}

export default buildCommand({
  docs: {
    brief: 'Save what a node changed in its tree; list and remove what was saved',
    fullDescription: describe(
      [
        'A snapshot has the changes only. The generation that they were made over stays with it, also when the node is refreshed. slipway nfs restore gives it back.',
      ],
      [
        ['slipway nfs snapshot n17 before-upgrade -i compute', 'Save'],
        ['slipway nfs snapshot n17 -i compute --list', 'What was saved?'],
        ['slipway nfs snapshot n17 -i compute --rm before-upgrade', 'Throw it away'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      image: imageFlag('The image'),
      list: off('List what was saved'),
      rm: text('Remove this one', 'name'),
    },
    aliases: { i: 'image' },
    positional: {
      kind: 'tuple',
      parameters: [
        nodeArgument,
        {
          brief: 'name of the snapshot (default: the time)',
          placeholder: 'NAME',
          parse: String,
          optional: true,
        },
      ],
    },
  },
  async func(this: Context, flags: Flags, node: string, name?: string) {
    if ([flags.list, flags.rm !== undefined, name !== undefined].filter(Boolean).length > 1)
      throw fail('usage', { message: 'Save, list or remove', help: 'slipway nfs snapshot --help' });
    const { nfsSnapshotAdd, nfsSnapshotList, nfsSnapshotRemove } =
      await import('../../../operations/nfs/snapshot.ts');
    const of = { image: someImage(flags.image, 'nfs snapshot'), node };
    if (flags.list) {
      const all = await this.call(nfsSnapshotList, of);
      this.result(all, (style, columns) =>
        table(
          all,
          [
            { title: 'name', value: (one) => one.name },
            { title: 'gen', value: (one) => one.generation, right: true },
            { title: 'created', value: (one) => when(one.created) },
          ],
          { style, columns, empty: `Nothing of ${node} was saved.` },
        ),
      );
      return;
    }
    if (flags.rm !== undefined) {
      const gone = await this.call(nfsSnapshotRemove, { ...of, name: flags.rm }, { reconcile: true });
      this.result(gone, () => `${node}: snapshot ${gone.name} is removed\n`);
      return;
    }
    const made = await this.call(nfsSnapshotAdd, { ...of, name }, { reconcile: true });
    this.result(made, () => `${node}: snapshot ${made.name} of ${made.image}:${made.generation}\n`);
  },
});
