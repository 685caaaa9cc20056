import { expect, test } from 'vitest';
import { BootClock } from './clock.ts';

test('the wall clock jumps: time goes on, until the boots under way were moved along', async () => {
  const host = { wall: 1_000_000, steady: 500 };
  const clock = new BootClock(
    () => host.wall,
    () => host.steady,
  );
  host.wall += 9 * 3600_000;
  host.steady += 3000;
  expect(clock.now()).toBe(1_003_000);
  const seen: number[] = [];
  const by = await clock.follow(async (shift, moved) => {
    seen.push(shift, clock.now());
    moved();
    seen.push(clock.now());
  });
  expect(by).toBe(9 * 3600_000 - 3000);
  expect(seen).toEqual([by, 1_003_000, host.wall]);
  expect(clock.now()).toBe(host.wall);
});

test('what could not be moved is tried again; a slow clock is followed without a word', async () => {
  const host = { wall: 1_000_000, steady: 0 };
  const clock = new BootClock(
    () => host.wall,
    () => host.steady,
  );
  host.wall -= 50_000;
  const broken = async (_: number, moved: () => void) => {
    moved();
    throw new Error('locked');
  };
  await expect(clock.follow(broken)).rejects.toThrow('locked');
  expect(clock.now()).toBe(1_000_000);
  expect(await clock.follow(async (_, moved) => moved())).toBe(-50_000);
  host.steady += 10_000;
  host.wall += 9_900;
  expect(await clock.follow(() => Promise.reject(new Error('no jump')))).toBe(0);
  expect(clock.now()).toBe(host.wall);
});
