import { buildCommand } from '@stricli/core';
import type { ListedKernel } from '../../../kernels/list.ts';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { foldedGenerations } from '../../render/generations.ts';

export default buildCommand({
  docs: {
    brief: 'List the kernels of the pool',
    fullDescription:
      'With what they need to boot: modules, and an initramfs (slipway kernel initramfs). A kernel without one can be given to an image all the same: then it is made from the image’s own tree.',
  },
  parameters: { flags: { json } },
  async func(this: Context, _flags: Json) {
    const { kernelList } = await import('../../../operations/kernel/list.ts');
    const kernels = await this.call(kernelList, {});
    const [{ table }, { bytes, when }] = await Promise.all([
      import('../../render/table.ts'),
      import('../../render/text.ts'),
    ]);
    this.result(kernels, (style, columns) =>
      table<ListedKernel>(
        kernels,
        [
          { title: 'kernel', value: (k) => `vmlinuz-${k.version}` },
          { title: 'initramfs', value: initramfsText, shrink: true },
          { title: 'size', value: (k) => (k.bytes > 0 ? bytes(k.bytes) : ''), right: true },
          { title: 'from', value: (k) => k.from ?? '', shrink: true },
          { title: 'added', value: (k) => (k.added ? when(k.added) : '') },
          { title: 'images', value: (k) => foldedGenerations(k.images), shrink: true },
        ],
        {
          style,
          columns,
          empty: 'There is no kernel in the pool yet. Add one: slipway kernel add "$(uname -r)"',
        },
      ),
    );
  },
});

/** In the words of disklessset. */
function initramfsText({ version, initramfs, initramfsFrom, problem }: ListedKernel): string {
  if (problem !== undefined) return `cannot boot: ${problem}`;
  if (initramfs === 'missing') return `missing initramfs-kernel-${version}`;
  return initramfs === 'present' ? `initramfs present (${initramfsFrom})` : 'initramfs outdated';
}
