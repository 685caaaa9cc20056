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
    const { catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const { pull } = await import('../../../image/skopeo.ts');
    const { insecure, authfile, name } = flags;
    const generations = await pull(catalog, address, { insecure, authfile, name, sink, signal });
    this.result(generations, () =>
      generations.map((g) => `${g.name}:${g.generation}  ${g.tags.join(',')}  ${g.digest}\n`).join(''),
    );
  },
});
