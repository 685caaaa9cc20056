import { defineErrors } from '../../system/errors.ts';

export const fail = defineErrors('livenet', {
  'xfs-size': {
    what: 'XFS cannot have {size} MiB',
    why: 'mkfs.xfs makes no file system of less than {least} MiB.',
    todo: 'Choose {least}M or more, or --filesystem ext4.',
    exit: 2,
  },
  full: {
    what: '{ref} does not fit into {filesystem} of {size} MiB',
    why: 'The file system became full while it was made: what it needs for itself was underestimated. Nothing was changed.',
    todo: 'Give it more: slipway publish {ref} --mode livenet --size {more}M.',
  },
});
