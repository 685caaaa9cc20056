import { expect, test } from 'vitest';
import type { Entry } from '../../node/entry.ts';
import { diffOf } from '../../node/diff.ts';
import { diffText } from './diff.ts';
import { styleFor } from './style.ts';

const style = styleFor({ isTTY: false, env: { LANG: 'C.UTF-8' } });
const entries: Entry[] = [
  { kind: 'profile', name: 'p', after: { arguments: ['a', 'b'] } },
  { kind: 'group', name: 'g', before: { order: 1, tags: { x: '1' } }, after: { order: 2 } },
  ...Array.from({ length: 12 }, (_, i): Entry => {
    const name = `n${String(i + 1).padStart(2, '0')}`;
    return {
      kind: 'node',
      name,
      before: { image: 'a:1', address: `10.0.0.${i + 1}` },
      after: { image: 'a:2', address: `10.0.1.${i + 1}` },
    };
  }),
  { kind: 'node', name: 'n13', before: { image: 'a:1' }, after: { image: 'a:2' } },
  { kind: 'node', name: 'gone', before: { image: 'a:1' } },
  {
    kind: 'node',
    name: 'new',
    after: { macs: ['52:54:00:00:00:01'], files: { '/etc/x': { content: `sha256:${'a'.repeat(64)}` } } },
  },
];

test('what is alike is told once, for a node set', () => {
  expect(diffText(diffOf(entries), style)).toBe(`+ profile p
    arguments a b
~ group g: order 1 → 2
~ group g: tags.x 1 → nothing
~ n[01-12] (12 nodes): address 10.0.0.1 → 10.0.1.1 … 10.0.0.12 → 10.0.1.12 (12 values)
~ n[01-12] (12 nodes): image a:1 → a:2
~ n13: image a:1 → a:2
- gone
+ new
    files./etc/x {"content":"sha256:aaaaaaaaaaaa"}
    macs 52:54:00:00:00:01

2 to add, 14 to change, 1 to remove
`);
  expect(diffText([], style)).toBe('Nothing to change.\n');
});

test('the order of entries and of keys has no meaning', () => {
  const same = diffOf([
    {
      kind: 'node',
      name: 'b',
      before: { files: { '/x': { absent: true, mode: '0600' } } },
      after: { files: { '/x': { mode: '0600', absent: true } }, image: 'i' },
    },
  ]);
  expect(same[0]?.fields).toEqual([{ path: 'image', after: 'i' }]);
});

test('what is written in the registry does not move the cursor', () => {
  const evil: Entry = { kind: 'profile', name: 'p', after: { variables: { a: '\x1b[2J\n\u202ex' } } };
  expect(diffText(diffOf([evil]), style)).toBe('+ profile p\n    variables.a  x\n\n1 to add\n');
});
