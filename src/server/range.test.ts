import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { noneMatch, parseRange, rangeCounts } from './range.ts';

test.each([
  [undefined, 'all'],
  ['', 'all'],
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-1000', { start: 90, end: 99 }],
  ['Bytes=99-99', { start: 99, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=20-10', 'all'],
  ['bytes=-', 'all'],
  ['bytes=0-1,5-6', 'all'],
  ['items=0-1', 'all'],
  ['bytes=a-b', 'all'],
  ['bytes=0x1-2', 'all'],
  ['bytes=1-99999999999999999999', 'all'],
])('%j of 100 bytes', (header, expected) => expect(parseRange(header, 100)).toEqual(expected));

test('whatever is asked for, nothing outside of the content is sent', () => {
  const number = fc.oneof(fc.constant(''), fc.nat(3000).map(String), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(number, number, fc.nat(2000), (first, last, size) => {
      const range = parseRange(`bytes=${first}-${last}`, size);
      if (typeof range === 'string') return;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.end).toBeGreaterThanOrEqual(range.start);
      expect(range.end).toBeLessThan(size);
    }),
  );
});

test('entity tags', () => {
  expect(noneMatch('"a"', '"a"')).toBe(true);
  expect(noneMatch('"b", W/"a"', '"a"')).toBe(true);
  expect(noneMatch('*', '"a"')).toBe(true);
  expect(noneMatch('"b"', '"a"')).toBe(false);
  expect(noneMatch(undefined, '"a"')).toBe(false);
  expect(rangeCounts(undefined, '"a"')).toBe(true);
  expect(rangeCounts('"a"', '"a"')).toBe(true);
  expect(rangeCounts('W/"a"', '"a"')).toBe(false);
  expect(rangeCounts('Wed, 21 Oct 2026 07:28:00 GMT', '"a"')).toBe(false);
});
