import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, foldBriefly } from './fold.ts';
import { naturalCompare, sortNames } from './natural.ts';
import { matches } from './wildcard.ts';

test.each([
  ['', ''],
  ['n1', 'n1'],
  ['n3 n1 n2 n1', 'n[1-3]'],
  ['n1 n3 n5', 'n[1,3,5]'],
  ['n01 n02 n1', 'n[1,01-02]'],
  ['n8 n9 n10', 'n[8-10]'],
  ['n08 n09 n10', 'n[08-10]'],
  ['login b1 a2', 'a2,b1,login'],
  ['r1n1 r1n2 r2n1 r2n2', 'r[1-2]n[1-2]'],
  ['r1n1 r1n2 r2n1', 'r1n[1-2],r2n1'],
  ['n99999999999999999999 n100000000000000000000', 'n[99999999999999999999-100000000000000000000]'],
])('%s → %s', (names, folded) => expect(fold(names.split(' ').filter(Boolean))).toBe(folded));

test('in messages, only as much as can be read', () => {
  const names = Array.from({ length: 500 }, (_, i) => `n${i * 3}`);
  expect(foldBriefly(names)).toBe('n[0,3,6,9,12,15,18,21,24,27] and 490 more');
  expect(foldBriefly(names.map((_, i) => `n${i}`))).toBe('n[0-499]');
});

test('natural order', () => {
  const sorted = 'a a-1 a1 a01 a2 a10 a10b a10b1 a10b02 a100 b n-9 n-10 n1 n_1'.split(' ');
  expect(sortNames(sorted.toReversed())).toEqual(sortNames(sorted));
  expect(sortNames(['n10', 'n2', 'n1', 'n01', 'n1a', 'n', 'n-1', 'n2'])).toEqual([
    'n',
    'n-1',
    'n1',
    'n01',
    'n1a',
    'n2',
    'n10',
  ]);
});

test('it is a total order', () => {
  const name = fc.string({ unit: fc.constantFrom(...'019a-'.split('')), maxLength: 6 });
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      const sign = (x: string, y: string) => Math.sign(naturalCompare(x, y));
      expect(sign(a, b) + sign(b, a)).toBe(0);
      expect(sign(a, b) === 0).toBe(a === b);
      if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0);
    }),
    { numRuns: 5000 },
  );
});

test('wildcards', () => {
  const unit = fc.constantFrom('a', 'b', '*', '?');
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }),
      (pattern, name) => {
        const expression = pattern.replaceAll('*', '.*').replaceAll('?', '.');
        expect(matches(pattern, name)).toBe(new RegExp(`^${expression}$`).test(name));
      },
    ),
    { numRuns: 2000 },
  );
  expect(matches('*a'.repeat(30), 'a'.repeat(62) + 'b')).toBe(false);
});
