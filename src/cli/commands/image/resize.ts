import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: {
    brief: 'Give an image another size: a new generation, the old one stays',
    fullDescription: describe(
      [
        'The size is that of the root as nodes see it: content and what can be written. Whether the content fits is checked first. What is published of the image is published of the new generation too.',
      ],
      [
        ['slipway image resize compute 2G', 'Nodes that boot compute:latest get 2 GiB at their next boot'],
        ['slipway image resize compute auto', 'The least that fits, plus 100 MiB'],
      ],
    ),
  },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [
        imageArgument,
        { brief: '1500M, 1.5G or auto; 1500 is in MiB', placeholder: 'SIZE', parse: String },
      ],
    },
  },
  async func(this: Context, _flags: Json, image: string, size: string) {
    const { imageResize } = await import('../../../operations/image/resize.ts');
    const done = await this.call(imageResize, { image, size }, { reconcile: true });
    const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
    this.result(done, () => {
      const { generation, from } = done;
      const { before, now, used, least } = done.size;
      const was = before === null ? 'no limit' : mib(before);
      const modes = done.published.length > 0 ? `; published in mode ${done.published.join(', ')}` : '';
      return `${generation.name}:${generation.generation}: ${mib(now)} (${generation.name}:${from.generation}: ${was}), ${mib(used)} used, at least ${mib(least)}${modes}\n`;
    });
  },
});
