import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, fit, oneLine, printable, seconds, width } from './text.ts';

test('what tools print cannot move the cursor', () => {
  expect(printable('a\x1b[2Jb\x1b]0;title\x07c\rd\x9b31me')).toBe('abcde');
  expect(oneLine('one\n  two\n')).toBe('one two ');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // oxlint-disable-next-line no-control-regex
      expect(oneLine(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    }),
  );
});

test('width counts what a terminal shows', () => {
  expect(width('abc')).toBe(3);
  expect(width('\x1b[31mabc\x1b[39m')).toBe(3);
  expect(width('日本')).toBe(4);
  expect(width('e\u0301')).toBe(1);
});

test('fit never gives more columns than there are', () => {
  expect(fit('linux-image', 8)).toBe('linux-i…');
  expect(fit('short', 8)).toBe('short');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, columns) => {
      const line = oneLine(text);
      expect(width(fit(line, columns))).toBeLessThanOrEqual(columns);
    }),
  );
});

test.each([
  [0, '0.0 s'],
  [12.34, '12.3 s'],
  [99.96, '1 min 40 s'],
  [125, '2 min 05 s'],
  [3720, '1 h 02 min'],
])('%d seconds are %s', (value, text) => expect(seconds(value)).toBe(text));

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [90_594_508, '86.4 MiB'],
  [1024 ** 2 - 1, '1024 KiB'],
])('%d bytes are %s', (value, text) => expect(bytes(value)).toBe(text));
