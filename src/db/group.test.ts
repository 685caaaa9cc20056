import { expect, test } from 'vitest';
import { Group } from './group.ts';

test('what comes at once is written at once, in order; what comes meanwhile afterwards', async () => {
  const calls: number[][] = [];
  const group = new Group(async (items: readonly number[]) => {
    calls.push([...items]);
    if (calls.length === 1) late.push(group.add(6), group.add(7));
    return await Promise.resolve(items.map((item) => item * 2));
  }, 3);
  const late: Promise<number>[] = [];
  expect(await Promise.all([1, 2, 3, 4, 5].map((item) => group.add(item)))).toEqual([2, 4, 6, 8, 10]);
  expect(await Promise.all(late)).toEqual([12, 14]);
  expect(calls).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  expect(await group.add(8)).toBe(16);
});

test('one that fails does not fail the others', async () => {
  const written: number[] = [];
  const group = new Group(async (items: readonly number[]) => {
    if (items.includes(2)) throw new Error('two');
    written.push(...items);
    return await Promise.resolve(items);
  });
  const results = await Promise.allSettled([1, 2, 3].map((item) => group.add(item)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(written).toEqual([1, 3]);
});
