import { expect, test } from 'vitest';
import { escapeOctal, unescapeOctal } from './octal.ts';

test('what was escaped is as it was', () => {
  const names = ['a b', 'a\\040b', '\n\t#', 'ÿ', '', 'plain'];
  expect(names.map((name) => escapeOctal(name, /[\s\\#\xff]/g))).toEqual([
    'a\\040b',
    'a\\134040b',
    '\\012\\011\\043',
    '\\377',
    '',
    'plain',
  ]);
  expect(names.map((name) => unescapeOctal(escapeOctal(name, /[\s\\#\xff]/g)))).toEqual(names);
});

test('what is no such escape stays', () => {
  expect(unescapeOctal('\\n \\08 \\04 \\')).toBe('\\n \\08 \\04 \\');
});
