import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Bucket, bytesPerSecond } from './bandwidth.ts';

test('the forms of the configuration', () => {
  expect(['8 kbit/s', '2 Gbit/s', '250 MB/s', '0.5 GB/s', '1 kB/s', '3 Mbit/s'].map(bytesPerSecond)).toEqual([
    1000, 250e6, 250e6, 500e6, 1000, 375_000,
  ]);
});

/** A bucket with a clock that stands until it is told to go. */
function stopped(rate: number) {
  const clock = { now: 10n ** 15n };
  const memory = new SharedArrayBuffer(8);
  return { clock, of: () => new Bucket(rate, memory, () => clock.now) };
}

test('several that share a bucket get its rate together, whatever they take', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 1e9 }),
      fc.array(fc.integer({ min: 1, max: 1 << 20 }), { minLength: 50, maxLength: 200 }),
      (rate, sizes) => {
        const { clock, of } = stopped(rate);
        const takers = [of(), of(), of()];
        const start = clock.now;
        let got = 0;
        sizes.forEach((size, index) => {
          const taker = takers[index % 3];
          for (let wait = taker?.take(size) ?? 0; wait > 0; wait = taker?.take(size) ?? 0)
            clock.now += BigInt(wait) * 1_000_000n;
          got += size;
        });
        // Besides the rate: what was saved up, and the last one, which is paid for afterwards.
        const allowed = rate * (Number(clock.now - start) / 1e9 + 0.05) + Math.max(...sizes);
        expect(got).toBeLessThanOrEqual(allowed + sizes.length);
        // Waiting is rounded up to milliseconds: that and no more is lost.
        expect(got).toBeGreaterThanOrEqual(rate * (Number(clock.now - start) / 1e9 - 0.001 * sizes.length));
      },
    ),
  );
});

test('what was given back can be taken again; what was charged has to be waited for', () => {
  const { of } = stopped(1000);
  const bucket = of();
  expect(bucket.take(1050)).toBe(0);
  expect(bucket.take(1)).toBe(1000);
  bucket.give(1000);
  expect(bucket.take(1)).toBe(0);
  bucket.charge(500);
  expect(of().take(1)).toBe(501);
});

test('portions are small where little is allowed', () => {
  expect(new Bucket(1e9).portion(512 << 10)).toBe(512 << 10);
  expect(new Bucket(1e6).portion(512 << 10)).toBe(16 << 10);
});
