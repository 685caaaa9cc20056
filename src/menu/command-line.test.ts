import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { commandLines } from './command-line.ts';

/** What a shell makes of the lines. */
const words = (lines: readonly string[]): string[] =>
  execFileSync(
    'sh',
    ['-c', `slipway() { for word; do printf '%s\\0' "$word"; done; }\n${lines.join('\n')}`],
    { encoding: 'utf8' },
  )
    .split('\0')
    .slice(0, -1);

test('a shell reads the words that were meant, however narrow the terminal is', () => {
  const word = fc.oneof(
    fc.constantFrom('', "it's", 'a b', '$HOME', '`id`', '\\', '"', '*', '--flag', 'x\ny', '-'),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.integer({ min: 10, max: 80 }), (argv, columns) => {
      expect(words(commandLines(argv, columns))).toEqual(argv);
    }),
    { numRuns: 60 },
  );
});

test('one line where it fits, and flags as people write them', () => {
  const argv = ['livenet', 'create', 'a', '--type', 'core', '--message', "it's"];
  expect(commandLines(argv, 80)).toEqual([`slipway livenet create a --type core --message 'it'\\''s'`]);
  expect(commandLines(argv, 40)).toEqual([
    'slipway livenet create a --type core \\',
    `  --message 'it'\\''s'`,
  ]);
});
