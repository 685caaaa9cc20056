import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageFlag, json, nodeArgument, off, text, type Json } from '../../flags.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly image?: string;
  readonly as?: string;
  readonly 'keep-all': boolean;
  readonly refresh: boolean;
  readonly force: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Make a generation of what a node changed in its tree',
    fullDescription: describe(
      [
        'The changes become a packed layer over the generation that the tree stands on. Caches, logs, host keys, the machine id and what Slipway writes when the node boots are left out. Kernel and initramfs are made anew where what they are made of has changed.',
        'Nodes get it by slipway nfs refresh. The node itself can move at once with --refresh; it keeps what is not in the new generation.',
        'What root of the node could write becomes part of what others run: look first, by slipway nfs diff.',
      ],
      [
        ['slipway nfs promote n17 -i compute --refresh', 'A new generation of compute; n17 stands on it'],
        ['slipway nfs promote n17 -i compute --as compute-gpu', 'Another image'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      image: imageFlag('The image'),
      as: text('Image that gets the generation (default: the same); made if it is not there', 'image'),
      'keep-all': off('Take caches, logs, host keys and what Slipway writes along'),
      refresh: off('The node moves to the new generation'),
      force: off('With --refresh: also if the node runs'),
    },
    aliases: { i: 'image' },
    positional: { kind: 'tuple', parameters: [nodeArgument] },
  },
  async func(this: Context, flags: Flags, node: string) {
    const { nfsPromote } = await import('../../../operations/nfs/promote.ts');
    const { as, refresh, force, 'keep-all': keep_all } = flags;
    const asked = { image: someImage(flags.image, 'nfs promote'), node, as, keep_all, refresh, force };
    const done = await this.call(nfsPromote, asked, { reconcile: true });
    this.result(done, () => {
      const { generation, changes, refreshed } = done;
      const count = changes === 1 ? '1 change' : `${changes} changes`;
      const label = `${generation.name}:${generation.generation}`;
      const moved = refreshed ? `; ${node} stands on it` : '';
      return `${label} has ${count} of ${node} (${generation.tags.join(', ')})${moved}\n`;
    });
  },
});
