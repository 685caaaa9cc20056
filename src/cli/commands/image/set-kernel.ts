import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageArgument, json, kernelArgument, type Json } from '../../flags.ts';

export default buildCommand({
  docs: {
    brief: 'Give an image another kernel, as a new generation',
    fullDescription:
      'KERNEL is a version of the pool (slipway kernel ls), or an image whose kernel is taken. Kernel arguments stay. Modules are added as a layer unless the tree has those of this very kernel. The initramfs is the one of the pool, or is made from the image’s own tree.',
  },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [
        imageArgument,
        { ...kernelArgument, brief: 'version of a kernel of the pool, or an image', placeholder: 'KERNEL' },
      ],
    },
  },
  async func(this: Context, _flags: Json, image: string, kernel: string) {
    const { imageSetKernel } = await import('../../../operations/image/set-kernel.ts');
    const set = await this.call(imageSetKernel, { image, kernel }, { reconcile: true });
    const label = `${set.image.name}:${set.image.generation}`;
    const initramfs = { pool: 'the initramfs of the pool', made: 'an initramfs of its own tree', kept: '' };
    const how = `${set.layer ? 'modules as a new layer' : 'modules of its tree'}, ${initramfs[set.initramfs]}`;
    this.result(set, () =>
      set.changed
        ? `${label} boots ${set.after}${set.before === null ? '' : ` instead of ${set.before}`}: ${how}\n`
        : `${label} has this kernel already.\n`,
    );
  },
});
