/**
 * Kernel command lines. The kernel (lib/cmdline.c, next_arg) cuts them at white
 * space outside of double quotes; without blanks and quotes each argument is
 * one word in every boot loader and in the kernel alike.
 */
import { fail } from './errors.ts';
import { unwritable } from './ipxe.ts';

/** COMMAND_LINE_SIZE of x86 and arm64, without the closing NUL. */
export const COMMAND_LINE_LIMIT = 2047;

/** Names, and beginnings of names, that only Slipway sets. */
const RESERVED = ['root', 'initrd', 'BOOT_IMAGE', 'slipway.session', 'slipway.net'];

/**
 * Returns `argument` if it may stand on a node's command line.
 * @throws SlipwayError `boot/bad-argument`, `boot/reserved-argument`
 */
export function checkKernelArgument(argument: string): string {
  const shown = JSON.stringify(argument.slice(0, 200));
  // Of quotes the kernel knows only ", but what reads the command line in an initramfs may know others.
  const reason = /["'`\\]/.test(argument) ? 'it has a quote or a backslash' : unwritable(argument);
  if (reason) throw fail('bad-argument', { argument: shown, reason });
  // What follows -- goes to init, and with it the rest of our line.
  if (argument === '--')
    throw fail('bad-argument', { argument: shown, reason: 'it would end the command line' });
  if (RESERVED.includes(argument.split('=', 1)[0] ?? ''))
    throw fail('reserved-argument', { argument: shown });
  return argument;
}
