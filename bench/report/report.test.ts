import { expect, test } from 'vitest';
import { styleFor } from '../../src/cli/render/style.ts';
import { reached, type Figure } from '../row.ts';
import { goalText, quantity } from './numbers.ts';
import { markdown } from './markdown.ts';
import { tableText } from './table.ts';

const figure: Figure = {
  bench: 'a build',
  against: 'others',
  goal: { most: 0.5 },
  unit: 'ratio',
  result: { value: 0.4, least: 0.3, most: 0.6, ours: [3, 4, 5], theirs: [10], of: 'seconds' },
  notes: ['They | rest.'],
};
const missing: Figure = { ...figure, bench: 'b build', result: { notMeasured: 'no tool' }, notes: [] };
const rate: Figure = {
  ...figure,
  goal: { least: 0.9 },
  result: { value: 0.8, least: 0.8, most: 0.8, ours: [8], of: 'bytes/s' },
};

test('a goal is a bound from above or from below; what was not measured has reached nothing', () => {
  expect(reached(figure)).toBe(true);
  expect(reached({ ...figure, goal: { most: 0.39 } })).toBe(false);
  expect(reached(rate)).toBe(false);
  expect(reached(missing)).toBeUndefined();
});

test('numbers have units that fit', () => {
  expect(quantity(0.0042, 'ratio')).toBe('0.0042');
  expect(quantity(1.054, 'ratio')).toBe('1.05');
  expect(quantity(0.0964, 'seconds')).toBe('96 ms');
  expect(quantity(42.66, 'seconds')).toBe('42.7 s');
  expect(quantity(700, 'bytes')).toBe('0.7 KiB');
  expect(quantity(3 << 20, 'bytes/s')).toBe('3 MiB/s');
  expect(goalText({ ...figure, unit: 'bytes', goal: { most: 100 << 20 } })).toBe('≤ 100 MiB');
  expect(goalText({ ...figure, unit: 'seconds', goal: { most: 0.15 } })).toBe('≤ 150 ms');
  expect(goalText(rate)).toBe('≥ 0.9');
});

test('the table has medians, the figure, its spread and the goal', () => {
  const [head, row, none, why] = tableText([figure, missing], styleFor({ env: {} })).split('\n');
  expect(head).toMatch(/^BENCH +AGAINST +OURS +THEIRS +FIGURE +LEAST – MOST +GOAL +REACHED$/);
  expect(row).toMatch(/^a build +others +4\.00 s +10\.0 s +0\.40 +0\.30 – 0\.60 +≤ 0\.5 +yes$/);
  expect(none).toMatch(/^b build +others +not measured +≤ 0\.5 +–$/);
  expect(why).toBe('b build, others: not measured: no tool');
});

test('the documentation says where, when and how, and escapes what is no table', () => {
  const where = {
    date: '2026-01-31',
    system: 'Debian',
    kernel: '6.1',
    processors: '2 × P',
    memory: '4 GiB',
    node: 'v24',
    load: 0.5,
  };
  const text = markdown([{ ...figure, bench: 'a | b' }, missing], where, 'make bench', 600);
  expect(text).toContain('- date: 2026-01-31');
  expect(text).toContain('`make bench` (10 min)');
  expect(text).toContain('| a \\| b | others | 4.00 s | 10.0 s | 0.40 | 0.30 – 0.60 | ≤ 0.5 | yes |');
  expect(text).toContain('- **b build, others**: Not measured: no tool.');
});
