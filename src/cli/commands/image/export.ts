import { buildCommand } from '@stricli/core';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { imageArgument, json, text, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';
import { bytes } from '../../render/text.ts';

interface Flags extends Json {
  readonly to: string;
}

export default buildCommand({
  docs: {
    brief: 'Write generations as an OCI image layout, a directory or one tar file',
    fullDescription: describe(
      [
        'skopeo and every tool that knows OCI image layouts can read it; slipway image import takes it in again. Every blob is verified first.',
      ],
      [['slipway image export --to /media/usb/images.tar compute:7 login:latest', 'Two images in one file']],
    ),
  },
  parameters: {
    flags: {
      json,
      to: { ...text('Directory, or file that ends in .tar; must not exist', 'path'), optional: false },
    },
    positional: { kind: 'array', parameter: imageArgument, minimum: 1 },
  },
  async func(this: Context, flags: Flags, ...images: string[]) {
    const { catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    const { exportImages } = await import('../../../image/export.ts');
    const exported = await exportImages(catalog, images, flags.to, { sink, signal });
    this.result(exported, () => `${flags.to}: ${exported.images.join(', ')}, ${bytes(exported.bytes)}\n`);
  },
});
