import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { median, ratio, series } from './series.ts';

describe('median', () => {
  test('the middle one, whatever the order; of two the mean', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([10, 9, 100])).toBe(10); // Not in the order of text.
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  test('half of the values are on each side', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(series(values));
        expect(values.filter((v) => v < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((v) => v > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('ratio', () => {
  test('runs of the same round are pairs', () => {
    // A machine that was half as fast in the second round changes nothing.
    expect(ratio([1, 2], [2, 4])).toEqual({ value: 0.5, least: 0.5, most: 0.5 });
  });

  test('without partners all combinations count', () => {
    expect(ratio([1, 3, 2], [4])).toEqual({ value: 0.5, least: 0.25, most: 0.75 });
  });
});

test('a series of nothing is refused', () => {
  expect(() => series([])).toThrow('needs a value');
});
