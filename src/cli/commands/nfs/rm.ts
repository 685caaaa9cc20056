import { buildCommand } from '@stricli/core';
import { fold } from '../../../nodeset/fold.ts';
import type { Context } from '../../context.ts';
import { imageFlag, json, nodesFlag, off, optionalNodes, someNodes, type Json } from '../../flags.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly image?: string;
  readonly force: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Remove trees of nodes, with all that the nodes changed in them',
    fullDescription:
      'Refuses nodes that run from their tree, as far as the boot server and the NFS server know, and trees that are in use on this host, unless --force is given. Exports are taken back.',
  },
  parameters: {
    flags: {
      json,
      nodes: nodesFlag,
      image: imageFlag('The image'),
      force: off('Also of nodes that run: they lose their root'),
    },
    aliases: { n: 'nodes', i: 'image' },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = someNodes(flags.nodes, positional, 'nfs rm');
    const image = someImage(flags.image, 'nfs rm');
    const { nfsRemove } = await import('../../../operations/nfs/remove.ts');
    const done = await this.call(nfsRemove, { image, nodes, force: flags.force }, { reconcile: true });
    this.result(done, () => `${fold(done.removed)}: trees of ${done.image} are removed\n`);
  },
});
