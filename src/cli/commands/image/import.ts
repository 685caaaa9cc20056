import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, text, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

interface Flags extends Json {
  readonly name?: string;
}

export default buildCommand({
  docs: {
    brief: 'Take images of an OCI image layout into the catalog',
    fullDescription:
      'Every size and digest is checked first. Tags are set only where the image has no such tag yet: an import never changes what nodes boot.',
  },
  parameters: {
    flags: { json, name: text('Name of the image, whatever the layout says', 'name') },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'directory or tar file', placeholder: 'LAYOUT', parse: String }],
    },
  },
  async func(this: Context, flags: Flags, source: string) {
    const { catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const { importImages } = await import('../../../image/import.ts');
    const generations = await importImages(catalog, source, { name: flags.name, sink, signal });
    this.result(generations, () =>
      generations.map((g) => `${g.name}:${g.generation}  ${g.tags.join(',')}  ${g.digest}\n`).join(''),
    );
  },
});
