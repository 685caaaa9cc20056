import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { describe } from '../../describe.ts';
import { imageArgument, json, off, type Json } from '../../flags.ts';
import { openCatalog } from '../../open.ts';
import { umountText } from './umount-text.ts';

interface Flags extends Json {
  readonly discard: boolean;
  readonly 'no-clean': boolean;
  readonly force: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Unmount an image; what was changed becomes a new generation',
    fullDescription: describe(
      [
        'Where nothing was changed there is no new generation. Caches, logs and host keys are left out. Kernel and initramfs are made anew where what they are made of has changed.',
        'Refuses as long as processes work in the tree. If it fails, the changes are kept: the same command goes on.',
      ],
      [
        ['slipway image umount compute', 'Make a new generation, tagged latest'],
        ['slipway image umount compute --discard', 'Drop the changes'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      discard: off('Drop the changes'),
      'no-clean': off('Take caches, logs and host keys along'),
      force: off('End processes that are still inside: asked first, killed after ten seconds'),
    },
    positional: { kind: 'tuple', parameters: [imageArgument] },
  },
  async func(this: Context, flags: Flags, image: string) {
    const { installation, catalog, sink, signal } = await openCatalog(this, { reconcile: true });
    // A directory in which a process stands cannot be unmounted: this one need not be in the way.
    process.chdir('/');
    const { umountImage } = await import('../../../mounts/umount.ts');
    const { discard, force, 'no-clean': keepAll } = flags;
    const options = { discard, force, keepAll, sink, signal };
    const done = await umountImage(installation, catalog, image, options);
    this.result(done, () => umountText(done, discard));
  },
});
