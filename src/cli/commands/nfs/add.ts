import { buildCommand } from '@stricli/core';
import { fold } from '../../../nodeset/fold.ts';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { fail } from '../../errors.ts';
import { imageFlag, json, nodesFlag, off, optionalNodes, someNodes, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly image?: string;
  readonly unregistered: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Give nodes a tree of an image each, as their root over NFS',
    fullDescription: describe(
      [
        'A tree costs what the node changes in it. It stays on the generation that it was made of until slipway nfs refresh.',
        'All nodes get one or none. Nodes that have one already are told. How trees are made is chosen by what the file system of nfs.directory can, or said by nfs.trees in config.yml.',
      ],
      [
        ['slipway nfs add -n c[001-100] -i compute', 'Trees of the latest generation'],
        ['slipway nfs add -n @rack1 -i compute:7', 'Trees of generation 7 for a group'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      nodes: nodesFlag,
      image: imageFlag('The image'),
      unregistered: off('Also nodes that are not in the registry: they are exported once they are'),
    },
    aliases: { n: 'nodes', i: 'image' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'nfs add');
    const image = someImage(flags.image, 'nfs add');
    const { nfsAdd } = await import('../../../operations/nfs/add.ts');
    const done = await this.call(nfsAdd, { image, nodes, unregistered: flags.unregistered }, { reconcile: true }); // prettier-ignore
    const label = `${done.image}:${done.generation}`;
    this.result(done, () => {
      const already = done.already.length > 0 ? `${fold(done.already)} had a tree of ${label} before\n` : '';
      if (done.added.length === 0) return already;
      return `${already}${fold(done.added)}: trees of ${label}, by ${done.kind} (${done.reason})\n`;
    });
  },
});

/** `-i IMAGE` where a command cannot do without. `command`: for the hint. */
export function someImage(image: string | undefined, command: string): string {
  if (image === undefined) throw fail('usage', { message: 'No image is named', help: `slipway ${command} --help` }); // prettier-ignore
  return image;
}
