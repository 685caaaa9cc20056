import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageFlag, json, nodeArgument, off, type Json } from '../../flags.ts';
import { someImage } from './add.ts';

interface Flags extends Json {
  readonly image?: string;
  readonly force: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Give a node back what was saved of it',
    fullDescription:
      'The node stands on the generation of then, with the changes of then. What it has changed since is gone; the snapshot stays. Refuses a node that runs from its tree, unless --force is given.',
  },
  parameters: {
    flags: {
      json,
      image: imageFlag('The image'),
      force: off('Also if it runs: it loses its root, and what it writes from now on'),
    },
    aliases: { i: 'image' },
    positional: {
      kind: 'tuple',
      parameters: [nodeArgument, { brief: 'name of the snapshot', placeholder: 'NAME', parse: String }],
    },
  },
  async func(this: Context, { image, force }: Flags, node: string, name: string) {
    const { nfsRestore } = await import('../../../operations/nfs/snapshot.ts');
    const asked = { image: someImage(image, 'nfs restore'), node, name, force };
    const done = await this.call(nfsRestore, asked, { reconcile: true });
    this.result(done, () => `${node}: as of ${done.name}, on ${done.image}:${done.generation}\n`);
  },
});
