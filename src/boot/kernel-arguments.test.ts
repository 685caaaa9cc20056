import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkKernelArgument } from './kernel-arguments.ts';

/** The kernel's reader, after lib/cmdline.c: words, with quotes taken off. */
function kernelWords(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) words.push(match[0].replaceAll('"', ''));
  return words;
}

const accepted = (argument: string) => {
  try {
    return checkKernelArgument(argument) === argument;
  } catch {
    return false;
  }
};

test('accepted arguments are read by the kernel as they are', () => {
  const unit = fc.constantFrom(...'ab=,."\'\\ \n\t\0$#;|&-{}é'.split(''));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit }), fc.string())), (all) => {
      const args = all.filter(accepted);
      expect(kernelWords(args.join(' '))).toEqual(args);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  'console=ttyS0,115200n8',
  'quiet',
  'slipway.debug',
  'slipway.trap=reboot',
  'rd.driver.blacklist=nouveau',
  'x=$HOME',
  'a=;',
])('accepts %s', (argument) => expect(checkKernelArgument(argument)).toBe(argument));

test.each(['', 'a b', 'a="b c"', 'a\nb', '--', '#', '||', 'x=${net0/mac}', 'init=/bin/\0sh', 'ü'])(
  'refuses %j',
  (argument) =>
    expect(() => checkKernelArgument(argument)).toThrow(
      expect.objectContaining({ code: 'boot/bad-argument' }),
    ),
);

test.each(['root=/dev/sda', 'root', 'initrd=x', 'slipway.session=1', 'slipway.net=x'])(
  'keeps %s for itself',
  (argument) =>
    expect(() => checkKernelArgument(argument)).toThrow(
      expect.objectContaining({ code: 'boot/reserved-argument' }),
    ),
);
