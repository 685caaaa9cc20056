import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { imageArgument, json, modeFlag, text, type Json } from '../flags.ts';
import { bytes } from '../render/text.ts';

interface Flags extends Json {
  readonly mode: string;
  readonly size?: string;
  readonly filesystem?: 'ext4' | 'xfs';
}

export default buildCommand({
  docs: {
    brief: 'Make what a mode needs, so that nodes can boot an image in it',
    fullDescription: describe(
      [
        'Mode livenet needs it: a file system of a fixed size inside a squashfs, and an initramfs of its own. Mode ram needs nothing made. What was made stays until slipway unpublish; published again in another way, the new takes its place at once.',
      ],
      [
        [
          'slipway publish compute:7 --mode livenet',
          'Of the size of the image, else the least that fits plus 100 MiB',
        ],
        ['slipway publish compute:7 --mode livenet --size 1.5G --filesystem xfs', 'As disklessset makes it'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      mode: { ...modeFlag('Mode, such as livenet'), optional: false },
      size: text(
        'livenet: size of the root: 1500M, 1.5G or auto (default: that of the image, else auto)',
        'size',
      ),
      filesystem: {
        kind: 'enum',
        values: ['ext4', 'xfs'],
        brief: 'livenet: file system of the root (default: ext4)',
        optional: true,
      },
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
    aliases: { m: 'mode' },
  },
  async func(this: Context, { mode, size, filesystem }: Flags, image: string) {
    const { publicationAdd } = await import('../../operations/publication/publish.ts');
    const done = await this.call(publicationAdd, { image, mode, size, filesystem }, { reconcile: true });
    this.result(done, () => {
      const label = `${done.image.name}:${done.image.generation}`;
      if (!done.publication) return `mode ${done.mode} needs nothing made: nodes can boot ${label} in it\n`;
      const parts = Object.entries(done.publication.blobs).map(
        ([role, part]) => `${role} ${bytes(part.size)}`,
      );
      return `${label} is published in mode ${done.mode}: ${parts.join(', ')}${done.cached ? '; it was already' : ''}\n`;
    });
  },
});
