import { defineErrors } from '../system/errors.ts';

export const fail = defineErrors('mode', {
  untrusted: {
    what: 'The mode in {file} is not loaded: {reason}',
    why: 'A mode is a program that runs as root: nobody but root may be able to change it.',
    todo: 'Mend it: chown root:root and chmod go-w, the file and the directories above it; or take it out of the directory.',
  },
  'not-a-mode': {
    what: '{file} is no mode: {reason}',
    why: 'A file in the directory of modes must make one object with all that a mode has.',
    todo: 'See docs/guide/writing-a-mode.md, and compare it with the examples; or take it out of the directory.',
  },
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
