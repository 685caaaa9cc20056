import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Buffers } from './buffers.ts';

test('a buffer that was given back is taken again', () => {
  const buffers = new Buffers();
  const buffer = buffers.take();
  buffers.give(buffer);
  expect(buffers.take()).toBe(buffer);
  expect(buffers.take()).not.toBe(buffer);
});

test('more downloads have smaller buffers, and fewer have large ones again', () => {
  const buffers = new Buffers();
  expect(buffers.size).toBe(512 << 10);
  const large = buffers.take();
  const leave = Array.from({ length: 256 }, () => buffers.enter());
  expect(buffers.size).toBe(128 << 10);
  buffers.give(large); // Too large by now.
  expect(buffers.take().length).toBe(128 << 10);
  for (const one of leave) one();
  expect(buffers.size).toBe(512 << 10);
  expect(buffers.take().length).toBe(512 << 10);
});

test('what downloads hold together stays within the budget, up to 512 of them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 512 }), (users) => {
      const buffers = new Buffers();
      for (let i = 0; i < users; i++) buffers.enter();
      expect(users * buffers.size).toBeLessThanOrEqual(32 << 20);
    }),
  );
});
