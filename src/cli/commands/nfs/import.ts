import { resolve } from 'node:path';
import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { json, nodeFlag, text, type Json } from '../../flags.ts';
import { openCatalogAndRegistry } from '../../open.ts';
import { bytes, seconds } from '../../render/text.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly image?: string;
  readonly node?: string;
  readonly against?: string;
  readonly kernel?: string;
}

export default buildCommand({
  docs: {
    brief: 'Take over a root tree that an NFS server has: as an image, or as the tree of a node',
    fullDescription: describe(
      [
        'Without -n the tree becomes a generation of an image, with the newest kernel that it has, or one of the pool. Machine id, host keys, logs and caches are left out.',
        'With -n it is the whole tree of one node: what it differs in from the image becomes the tree of this node, and takes up no more than that. Where the image was made of a tree that is still there, --against compares with that: caches and logs that both have are then no changes.',
        'DIR stays as it is. Nothing in it is followed or run.',
      ],
      [
        ['slipway nfs import /srv/nfsroot/golden --image golden', 'An image'],
        [
          'slipway nfs import /srv/nfsroot/nodes/c001 --image golden -n c001 --against /srv/nfsroot/golden',
          'And the tree of a node',
        ],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      image: text('Name of the image', 'image'),
      node: { ...nodeFlag, optional: true },
      against: text('With -n: the tree that DIR was copied from (default: that of the image)', 'dir'),
      kernel: text('Without -n: kernel of the pool (default: the newest of the tree)', 'version'),
    },
    aliases: { i: 'image', n: 'node' },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'root tree to take over', placeholder: 'DIR', parse: String }],
    },
  },
  async func(this: Context, { node, kernel, ...flags }: Flags, given: string) {
    const image = someImage(flags.image, 'nfs import');
    await using open = await openCatalogAndRegistry(this, { reconcile: true });
    const directory = resolve(given);
    if (node === undefined) {
      const { importTree } = await import('../../../nfs/import/tree.ts');
      const { sink, signal } = open;
      const built = await importTree(open.installation, directory, image, { kernel, sink, signal });
      const how = built.cached ? 'unchanged' : `built in ${seconds(built.seconds)}`;
      return this.result(built, () => `${built.image}:${built.generation}  ${how}, ${bytes(built.bytes)}\n`);
    }
    const { importNodeTree } = await import('../../../nfs/import/node.ts');
    const against = flags.against === undefined ? undefined : resolve(flags.against);
    const done = await importNodeTree(open, image, node, directory, { against });
    this.result(
      done,
      () =>
        `${done.node}: tree of ${done.image}:${done.generation}, by ${done.kind}, with ${done.changes} changes\n`,
    );
  },
});
