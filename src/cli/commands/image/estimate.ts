import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, text, type Json } from '../../flags.ts';
import { facts } from '../../render/table.ts';

interface Flags extends Json {
  readonly mode: 'ram' | 'livenet' | 'nfs' | 'readonly';
  readonly size?: string;
}

export default buildCommand({
  docs: {
    brief: 'Tell how much memory a node needs to boot an image in a mode',
    fullDescription:
      'Smallest machine: it boots, and can write 32 MiB. Where the image has a size, also the machine on which all that its size leaves is written. Mode livenet before it is published: estimated from the layers.',
  },
  parameters: {
    flags: {
      json,
      mode: {
        kind: 'enum',
        values: ['ram', 'livenet', 'nfs', 'readonly'],
        default: 'ram',
        brief: 'How it is booted',
      },
      size: text('As if the image had this size: 1500M, 1.5G or auto', 'size'),
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
  },
  async func(this: Context, { mode, size }: Flags, image: string) {
    const { imageEstimate } = await import('../../../operations/image/estimate.ts');
    const mib = await this.call(imageEstimate, { image, mode, size });
    this.result(mib, (style) =>
      facts(
        [
          ...(mib.server === null
            ? [[mode === 'ram' || !mib.published ? 'layers' : 'live image', `${mib.layers} MiB`] as const]
            : []),
          ...(mib.server !== null && mib.layers > 0 ? [['private layer', `${mib.layers} MiB`] as const] : []),
          ...(mib.overlay > 0 ? [['writable layer', `${mib.overlay} MiB at least`] as const] : []),
          ['running system', `${mib.margin} MiB`],
          ['initramfs', `${mib.initramfs} MiB while it runs`],
          ['kernel', `${mib.kernel} MiB`],
          ['smallest machine', `${mib.total} MiB`],
          ...(mib.server === null ? [] : [['on the server', `${mib.server} MiB, the tree of all`] as const]),
          ...(mib.size === null
            ? []
            : ([
                ['size of the root', `${mib.size} MiB: ${mib.used} used, ${mib.writable} to be written`],
                ['all of it written', `${mib.full} MiB`],
              ] as [string, string][])),
        ],
        style,
      ),
    );
  },
});
