import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatIndex, parseIndex, type Index } from './index-file.ts';
import type { Digest } from './types.ts';

const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((hex): Digest => `sha256:${hex}`);
const index = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'constructor'),
      number: fc.integer({ min: 1, max: 9 }),
      digest,
      size: fc.nat(),
      created: fc.constant('2026-01-01T00:00:00.000Z'),
    }),
    { selector: (e) => `${e.name}:${e.number}` },
  )
  .chain((entries) =>
    fc.record({
      entries: fc.constant(entries),
      tags: fc.array(fc.constantFrom('latest', 'gold', 'x.y_z-1')),
      gap: fc.nat(5),
    }),
  )
  .map(({ entries, tags, gap }): Index => {
    const last = new Map<string, number>();
    for (const e of entries) last.set(e.name, Math.max(e.number, last.get(e.name) ?? 0) + gap);
    const sorted = entries.toSorted((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : a.number - b.number,
    );
    // A tag stands at one generation of an image only.
    const withTags = sorted.map((e, i) => ({
      ...e,
      tags: sorted[i + 1]?.name === e.name ? [] : [...new Set(tags)].toSorted((a, b) => (a < b ? -1 : 1)),
    }));
    return { entries: withTags, last, foreign: [] };
  });

test('an index is read as it was written', () => {
  fc.assert(
    fc.property(index, (one) => {
      expect(parseIndex(formatIndex(one), (reason) => new Error(reason))).toEqual(one);
    }),
  );
});

test('whatever is not an index is an error, not a crash', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect(() => parseIndex(text, (reason) => new Error(`bad index: ${reason}`))).toThrow('bad index');
    }),
  );
});
