import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlipwayError } from './errors.ts';
import { readBlocks } from './yaml-block.ts';
import { readWhole, readYamlTree, type Tree } from './yaml-tree.ts';

/** Without places of empty values, which have none. */
function plain(tree: Tree): unknown {
  if (tree.kind === 'text') return tree.text;
  if (tree.kind === 'list') return tree.items.map(plain);
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [`k ${key}`, plain(value)]));
}

function places(tree: Tree): unknown[] {
  if (tree.kind === 'text') return tree.text === null ? [] : [tree.text, tree.line, tree.column];
  if (tree.kind === 'list') return tree.items.flatMap(places);
  return [...tree.entries].flatMap(([key, { at, value }]) => [key, at.line, at.column, ...places(value)]);
}

const SAMPLE = `---
# a comment
nodes:
  n1: # behind
    profiles:
    - default
    - "quoted # no comment"
    network devices:
      default:
        hwaddr: 52:54:00:12:34:56   # the card
        onboot: yes
        mode: 0644
    empty:
    tilde: ~
    nothing: {}
    none: []
    fstab:
      - spec: warewulf:/home
        file: /home
      -
        spec: 'it''s'
  'n 2': {}
`;

test('blocks are read as yaml reads them, with the same places', () => {
  const tree = readBlocks(SAMPLE);
  const whole = readWhole(SAMPLE, 'nodes.conf');
  expect(tree && plain(tree)).toEqual(plain(whole));
  expect(tree && places(tree)).toEqual(places(whole));
  expect(JSON.stringify(plain(whole))).toContain('"0644"');
});

test('what the fast reader accepts, yaml reads alike', () => {
  const word = fc.constantFrom(
    'a', 'b c', '"q"', "'s'", '-', '- ', ': ', ':', '#', ' #x', '~', 'null', '{}', '[]', '{a: b}', '[x]', '&x', '*x',
    '!t', '|', '>', '?', '? ', '%', '@', '`', ',', "''", '""', '"\\n"', '\t', '<<', '---', '...', '1', 'yes', '0x1',
    '-1', '=', 'é', '\u00a0', '\ufeff', '\r\n', '\r',
  ); // prettier-ignore
  const line = fc
    .tuple(
      fc.nat(6),
      fc.constantFrom('', '- ', 'k: ', 'l:', '- k: ', '- - '),
      fc.array(word, { maxLength: 3 }),
    )
    .map(([indent, start, words]) => ' '.repeat(indent) + start + words.join(''));
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
      const text = lines.join('\n');
      const tree = readBlocks(text);
      if (!tree) return;
      accepted++;
      const whole = readWhole(text, 'x');
      expect(plain(tree)).toEqual(plain(whole));
      expect(places(tree)).toEqual(places(whole));
    }),
    { numRuns: 20_000 },
  );
  expect(accepted).toBeGreaterThan(500);
});

test('anchors and merges stand for what they name; bombs and circles are refused', () => {
  const tree = readYamlTree('a: &x {k: 1, l: 2}\nb: *x\nc:\n  <<: *x\n  k: 3\n', 'x');
  expect(plain(tree)).toEqual({
    'k a': { 'k k': '1', 'k l': '2' },
    'k b': { 'k k': '1', 'k l': '2' },
    'k c': { 'k k': '3', 'k l': '2' },
  });
  const bomb = ['a0: &a0 [x]'];
  for (let i = 1; i < 30; i++) bomb.push(`a${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`);
  expect(() => readYamlTree(bomb.join('\n'), 'x')).toThrow(/too much/);
  expect(() => readYamlTree('a: &x [*x]', 'x')).toThrow(SlipwayError);
  expect(() => readYamlTree('['.repeat(20_000), 'x')).toThrow(SlipwayError);
});

test('no text makes it fail in another way', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      try {
        readYamlTree(text, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(SlipwayError);
      }
    }),
  );
});
