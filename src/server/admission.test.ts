import { expect, test } from 'vitest';
import { Admission } from './admission.ts';

const never = new AbortController().signal;

test('as many as there are places; a place that was left is given again, once', () => {
  const admission = new Admission({ places: 2, perAddress: 2 });
  const leave = admission.enter('a');
  expect(admission.enter('b')).toBeDefined();
  expect(admission.enter('c')).toBeUndefined();
  leave?.();
  leave?.();
  expect(admission.enter('c')).toBeDefined();
  expect(admission.enter('d')).toBeUndefined();
  expect(admission.counts).toEqual({ active: 2, waiting: 0 });
});

test('one address has its share and no more, and what waits of it keeps nobody else out', async () => {
  const admission = new Admission({ places: 4, perAddress: 2 });
  const first = admission.enter('greedy');
  admission.enter('greedy');
  expect(admission.enter('greedy')).toBeUndefined();
  const third = admission.wait('greedy', never);
  expect(admission.counts).toEqual({ active: 2, waiting: 1 });
  expect(admission.enter('other')).toBeDefined();
  first?.();
  expect(await third).toBeDefined();
});

test('those that wait take turns by address, in the order they came', async () => {
  const admission = new Admission({ places: 1, perAddress: 1 });
  const order: string[] = [];
  const all: Promise<void>[] = [];
  const one = async (address: string) => {
    const leave = await admission.wait(address, never);
    order.push(address);
    leave?.();
  };
  const first = admission.enter('x');
  for (const address of ['a', 'a', 'a', 'b', 'b', 'c']) {
    all.push(one(address));
  }
  first?.();
  await Promise.all(all);
  expect(order.join('')).toBe('abcaba');
  expect(admission.counts).toEqual({ active: 0, waiting: 0 });
});

test('who goes away while waiting holds nothing', async () => {
  const admission = new Admission({ places: 1, perAddress: 1 });
  const leave = admission.enter('x');
  const control = new AbortController();
  const gone = admission.wait('a', control.signal);
  const stays = admission.wait('b', never);
  control.abort();
  expect(await gone).toBeUndefined();
  leave?.();
  expect(await stays).toBeDefined();
  expect(await admission.wait('a', AbortSignal.abort())).toBeUndefined();
});

test('the queue has an end', async () => {
  const admission = new Admission({ places: 1, perAddress: 1 });
  admission.enter('x');
  for (let i = 0; i < 10_000; i++) void admission.wait(`a${i}`, never);
  expect(await admission.wait('one more', never)).toBeUndefined();
});

test('Retry-After grows with those that are expected, within bounds, and is spread', () => {
  const clock = { now: 0 };
  let random = 0.5;
  const admission = new Admission(
    { places: 10, perAddress: 10 },
    () => clock.now,
    () => random,
  );
  expect(admission.retryAfter('a')).toBe(2);
  for (let i = 0; i < 100; i++) admission.retryAfter(`n${i}`);
  const crowded = admission.retryAfter('b');
  expect(crowded).toBeGreaterThan(15);
  for (let i = 0; i < 20_000; i++) admission.retryAfter(`m${i}`);
  expect(admission.retryAfter('c')).toBe(200);
  random = 0;
  expect(admission.retryAfter('c')).toBe(100);
  random = 0.999;
  expect(admission.retryAfter('c')).toBe(300);
  // All that never came back are forgotten.
  clock.now = 1e6;
  random = 0.5;
  expect(admission.retryAfter('d')).toBe(2);
});
