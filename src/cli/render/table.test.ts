import { expect, test } from 'vitest';
import { styleFor } from './style.ts';
import { facts, table } from './table.ts';

const style = styleFor({ isTTY: false, env: { LANG: 'C.UTF-8' } });
const columns = [
  { title: 'name', value: (row: { name: string; size: number }) => row.name, shrink: true },
  { title: 'size', value: (row: { size: number }) => row.size, right: true },
];

test('columns are aligned, numbers to the right, without blanks at the ends', () => {
  const rows = [
    { name: 'compute', size: 7 },
    { name: 'x\ny', size: 1000 },
  ];
  expect(table(rows, columns, { style, empty: 'none' })).toBe(
    'NAME     SIZE\ncompute     7\nx y      1000\n',
  );
  expect(table([], columns, { style, empty: 'none' })).toBe('none\n');
});

test('a narrow terminal shortens what may be shortened', () => {
  const out = table([{ name: 'a-very-long-name-of-an-image', size: 1 }], columns, {
    style,
    columns: 20,
    empty: '',
  });
  expect(out).toBe('NAME            SIZE\na-very-long-n…     1\n');
});

test('facts leave out what is not known', () => {
  expect(
    facts(
      [
        ['node', 'n1'],
        ['image', undefined],
        ['architecture', 'amd64'],
      ],
      style,
    ),
  ).toBe('node          n1\narchitecture  amd64\n');
});
