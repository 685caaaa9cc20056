import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import { facts } from '../../render/table.ts';

export default buildCommand({
  docs: { brief: 'Tell how much memory a node needs to boot an image in mode ram' },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [imageArgument] } },
  async func(this: Context, _flags: Json, image: string) {
    const { imageEstimate } = await import('../../../operations/image/estimate.ts');
    const mib = await this.call(imageEstimate, { image });
    this.result(mib, (style) =>
      facts(
        [
          ['layers', `${mib.layers} MiB`],
          ['writable layer', `${mib.overlay} MiB at least`],
          ['running system', `${mib.margin} MiB`],
          ['initramfs', `${mib.initramfs} MiB while it runs`],
          ['kernel', `${mib.kernel} MiB`],
          ['smallest machine', `${mib.total} MiB`],
        ],
        style,
      ),
    );
  },
});
