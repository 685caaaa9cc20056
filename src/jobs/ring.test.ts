import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

test('whoever reads on gets every event once, or is told how many are gone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(fc.nat(12), { maxLength: 20 }), (most, bursts) => {
      const ring = new Ring<number>(most);
      let [place, pushed, seen, missed] = [0, 0, 0, 0];
      for (const burst of bursts) {
        for (let i = 0; i < burst; i++) ring.push(++pushed);
        for (let next = ring.next(place); next; next = ring.next(place)) {
          expect(next.item.value).toBe(next.item.number);
          missed += next.missed;
          seen++;
          place = next.item.number;
        }
      }
      expect([seen + missed, place, ring.last]).toEqual([pushed, pushed, pushed]);
      expect(seen).toBe(bursts.reduce((sum, burst) => sum + Math.min(burst, most), 0));
    }),
  );
});

test('listeners are told, until they stop', () => {
  const ring = new Ring<string>(2);
  let told = 0;
  const stop = ring.listen(() => told++);
  ring.push('a');
  stop();
  ring.push('b');
  expect([told, ring.listeners]).toEqual([1, 0]);
});
