import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { imageFlag, json, kernelArgument, text, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';

interface Flags extends Json {
  readonly image?: string;
  readonly modules?: string;
}

export default buildCommand({
  docs: {
    brief: 'Make an initramfs for a kernel of the pool',
    fullDescription:
      'From the tree of an image, with the kernel’s modules laid over it; the image stays as it is. Without --image by the dracut of this host.',
  },
  parameters: {
    flags: {
      json,
      image: imageFlag('The image that gives systemd, dracut and what else is in an initramfs'),
      modules: text('Kernel modules to have and to load, separated by commas', 'names'),
    },
    positional: { kind: 'tuple', parameters: [kernelArgument] },
  },
  async func(this: Context, { image, modules }: Flags, version: string) {
    const { installation, catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const [{ poolInitramfs, moduleNames }, { bytes }] = await Promise.all([
      import('../../../kernels/initramfs.ts'),
      import('../../render/text.ts'),
    ]);
    const options = { image, modules: moduleNames(modules) };
    const kernel = await poolInitramfs(version, options, catalog, {
      installation,
      options: { sink, signal },
    });
    this.result(
      kernel,
      () =>
        `initramfs for ${version}, from ${kernel.initramfs?.from}: ${bytes(kernel.initramfs?.size ?? 0)}\n`,
    );
  },
});
