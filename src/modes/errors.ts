import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('mode', {
  option: {
    what: 'Mode {mode} takes no {option}',
    why: 'What can be asked for differs from mode to mode.',
    todo: 'Leave it out; docs/guide says what each mode takes.',
    exit: 2,
  },
  'not-published': {
    what: '{ref} is not published in mode {mode}',
    why: 'There is nothing to take back. Modes that need nothing made, such as ram, have no publications.',
    todo: 'See what is published: slipway image show {ref}.',
  },
  'in-use': {
    what: '{ref} is booted in mode {mode} by {nodes}',
    why: 'Those nodes could not boot any more.',
    todo: 'Give them another image or mode first: slipway boot set -n NODES -i IMAGE --mode MODE.',
  },
});
