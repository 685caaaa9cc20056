import { buildCommand } from '@stricli/core';
import type { Listed } from '../../../image/types.ts';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: {
    brief: 'List images and their generations',
    fullDescription:
      'States: ready; building: a build runs now; broken: a blob is missing or damaged (slipway image verify names it).',
  },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'only this image', placeholder: 'NAME', parse: String, optional: true }],
    },
  },
  async func(this: Context, _flags: Json, name?: string) {
    const { imageList } = await import('../../../operations/image/list.ts');
    const images = await this.call(imageList, { name });
    const [{ table }, { bytes, shortDigest, when }] = await Promise.all([
      import('../../render/table.ts'),
      import('../../render/text.ts'),
    ]);
    this.result(images, (style, columns) =>
      table<Omit<Listed, 'kernel'> & { kernel: string | null }>(
        images,
        [
          { title: 'name', value: (i) => i.name },
          { title: 'gen', value: (i) => i.generation, right: true },
          { title: 'tags', value: (i) => i.tags.join(','), shrink: true },
          { title: 'state', value: (i) => i.state },
          { title: 'size', value: (i) => (i.digest ? bytes(i.bytes) : ''), right: true },
          { title: 'layers', value: (i) => (i.digest ? i.layers : ''), right: true },
          { title: 'kernel', value: (i) => i.kernel ?? '', shrink: true },
          { title: 'created', value: (i) => (i.created ? when(i.created) : '') },
          { title: 'digest', value: (i) => (i.digest ? shortDigest(i.digest) : '') },
        ],
        {
          style,
          columns,
          empty:
            name === undefined
              ? 'There is no image yet. Build one: slipway build examples/debian-minimal.yml'
              : `There is no image ${name}.`,
        },
      ),
    );
  },
});
