import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePackages } from './packages.ts';

const one = (name: string, version: string, architecture = 'amd64') => ({ name, version, architecture });

test('packages are added, removed and changed; two versions of one stand together', () => {
  const before = [
    one('bash', '5.1'),
    one('gone', '1'),
    one('libc', '2', 'i386'),
    one('libc', '2'),
    one('kernel', '6.1'),
  ];
  const after = [
    one('bash', '5.2'),
    one('libc', '2', 'i386'),
    one('libc', '2'),
    one('kernel', '6.1'),
    one('kernel', '6.2'),
    one('new', '3'),
  ];
  expect(comparePackages(before, after)).toEqual({
    added: [one('new', '3')],
    removed: [one('gone', '1')],
    changed: [
      { name: 'bash', architecture: 'amd64', before: '5.1', after: '5.2' },
      { name: 'kernel', architecture: 'amd64', before: '6.1', after: '6.1 6.2' },
    ],
  });
});

test('nothing differs from itself in any order, and the other way round is the opposite', () => {
  const packages = fc.uniqueArray(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', '__proto__'),
      version: fc.constantFrom('1', '2'),
      architecture: fc.constantFrom('x', 'y'),
    }),
    { selector: (p) => JSON.stringify(p) },
  );
  fc.assert(
    fc.property(packages, packages, (a, b) => {
      expect(comparePackages(a, a.toReversed())).toEqual({ added: [], removed: [], changed: [] });
      const [there, back] = [comparePackages(a, b), comparePackages(b, a)];
      expect(back.added).toEqual(there.removed);
      expect(back.changed.map((c) => ({ ...c, before: c.after, after: c.before }))).toEqual(there.changed);
    }),
  );
});
