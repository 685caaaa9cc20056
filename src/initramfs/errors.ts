import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('initramfs', {
  'no-tools': {
    what: 'The initramfs cannot be made: the tree has no {tools}',
    why: 'dracut runs in a throw-away layer over the image; Slipway adds what is missing by apt, and this tree has no apt.',
    todo: 'Install {tools} in the image, before its kernel step.',
  },
  'cannot-unpack': {
    what: 'Kernel {version} cannot unpack an initramfs that {compression} made',
    why: 'Its configuration, or its age, says so; it can unpack: {able}.',
    todo: 'Leave kernel.compress out of the recipe, or name one of these.',
  },
  incomplete: {
    what: 'The initramfs lacks {parts}',
    why: 'dracut ended without an error, but a node could not boot from what it made.',
    todo: 'See the build log: dracut names what it could not find.',
  },
});
