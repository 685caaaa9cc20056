import { defineErrors } from './errors.ts';

/** The errors of calling other programs. */
export const fail = defineErrors('process', {
  failed: {
    what: '{tool} failed: {how}',
    why: 'Slipway stops at the first tool that does not succeed; its last output is below.',
    todo: 'Mend what the tool complains about and run the command again: finished steps are kept.',
  },
  missing: {
    what: 'The program {tool} is not installed',
    why: 'Slipway calls the real tools of the distribution.',
    todo: 'Run: slipway doctor. It prints the command that installs what is missing.',
  },
  cancelled: {
    what: 'Stopped on request while {tool} ran',
    why: 'An interrupt (Ctrl-C) or a termination signal arrived.',
    todo: 'Run the command again to go on: finished steps are kept.',
  },
  timeout: {
    what: '{tool} did not end within {seconds} s',
    why: 'The limit for this call ran out.',
    todo: 'See its last output; raise the limit if the machine is only slow.',
  },
});
