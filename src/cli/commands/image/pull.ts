import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { text } from '../../flags.ts';
import { openCatalog } from '../../open.ts';
import { addressArgument, transferFlags, type TransferFlags } from './push.ts';

interface Flags extends TransferFlags {
  readonly name?: string;
}

export default buildCommand({
  docs: { brief: 'Fetch an image from a registry into the catalog' },
  parameters: {
    flags: {
      ...transferFlags,
      name: text('Name of the image here (default: the one it was built with)', 'name'),
    },
    positional: { kind: 'tuple', parameters: [addressArgument] },
  },
  async func(this: Context, flags: Flags, address: string) {
    const { insecure, authfile, name } = flags;
    const generations = await (insecure || authfile !== undefined ? pullHere(this) : pullAnywhere(this));
    this.result(generations, () =>
      generations.map((g) => `${g.name}:${g.generation}  ${g.tags.join(',')}  ${g.digest}\n`).join(''),
    );

    // A login in a file, and the choice not to check certificates, are matters of that host.
    async function pullHere(context: Context) {
      const { catalog, sink, signal } = await openCatalog(context, { reconcile: true });
      const { pull } = await import('../../../image/skopeo.ts');
      return await pull(catalog, address, { insecure, authfile, name, sink, signal });
    }
    async function pullAnywhere(context: Context) {
      const { imagePull } = await import('../../../operations/image/pull.ts');
      return await context.call(imagePull, { address, name }, { reconcile: true });
    }
  },
});
