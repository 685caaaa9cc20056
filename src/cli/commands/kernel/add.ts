import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageFlag, json, text, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

interface Flags extends Json {
  readonly modules?: string;
  readonly version?: string;
  readonly from?: string;
}

export default buildCommand({
  docs: {
    brief: 'Add kernels to the pool, with their modules',
    fullDescription:
      'WHAT is a version that this host has in /boot, a vmlinuz file, packages (.deb, .rpm; all of one kernel at once), or an image. Without it the vmlinuz-VERSION files are taken that were copied into the directory of the pool. Modules of a file are searched in /lib/modules of this host and in the images that boot this very kernel.',
  },
  parameters: {
    flags: {
      json,
      modules: text('Directory of the modules of a vmlinuz file', 'directory'),
      version: text('Version of a vmlinuz file that does not say it itself', 'version'),
      from: imageFlag('Take the kernel of this image'),
    },
    positional: {
      kind: 'array',
      parameter: { brief: 'version, file, packages or image', placeholder: 'WHAT', parse: String },
    },
  },
  async func(this: Context, { modules, version, from }: Flags, ...words: string[]) {
    const { installation, catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const { addKernels } = await import('../../../kernels/add.ts');
    const context = { installation, sink, signal };
    const added = await addKernels(words, { modules, version, from }, catalog, context);
    this.result(
      added.map(({ kernel, added: fresh }) => ({ ...kernel, changed: fresh })),
      () =>
        added
          .map(({ kernel, added: fresh }) =>
            fresh ? `added ${kernel.version} (${kernel.from})\n` : `${kernel.version} is there already\n`,
          )
          .join(''),
    );
  },
});
