import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('menu', {
  'no-terminal': {
    what: 'The menu needs a terminal, and {stream} is none',
    why: 'It asks questions, shows lists that move, and hides passwords.',
    todo: 'Start it in a terminal, or use the commands that do the same: slipway livenet create, nfs staging, demo create, build, image ls, image rm, image clone, image mount, image umount, image resize, image set-kernel, image clear, kernel ls, kernel initramfs.',
    exit: 2,
  },
});
