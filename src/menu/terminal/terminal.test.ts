import { expect, test } from 'vitest';
import { styleFor } from '../../cli/render/style.ts';
import { width } from '../../cli/render/text.ts';
import { choices } from '../entries.ts';
import { answered, field, listLines, withCursor, type Row } from './frame.ts';
import { matching } from './match.ts';

const numbered = (texts: string[]) => texts.map((text, i) => ({ number: i + 1, text }));
const found = (texts: string[], typed: string) =>
  matching(numbered(texts), typed).map(({ number }) => number);
const TEN = choices.map(({ label }) => label);

test('a number stands for its entry before it stands for anything else', () => {
  expect(found(TEN, '1')).toEqual([1, 10]);
  expect(found(TEN, '10')).toEqual([10]);
  expect(found(TEN, ' 7 ')).toEqual([7]);
  expect(found(TEN, '11')).toEqual([]);
  expect(found(TEN, '0')).toEqual([10]); // a part of 10
  const kernels = ['vmlinuz-5.14.0-503.el9', 'vmlinuz-4.18.0-305.el8', 'vmlinuz-6.1'];
  expect(found(kernels, '2')).toEqual([2]);
  expect(found(kernels, '4.18')).toEqual([2]);
  expect(found(kernels, 'el 0-')).toEqual([1, 2]);
});

test('words match in any order and case', () => {
  expect(found(TEN, 'KERNEL image')).toEqual([6]);
  expect(found(TEN, 'zzz')).toEqual([]);
  // What is shown behind a text counts least: every size has a B in it.
  const hinted = ['ab', 'c', 'b', 'bc'].map((text, i) => ({ number: i + 1, text, hint: '1 B' }));
  expect(matching(hinted, 'b').map(({ text }) => text)).toEqual(['b', 'bc', 'ab', 'c']);
  expect(found(TEN, '  ')).toHaveLength(10);
});

const rows = (labels: string[]): Row<number>[] =>
  labels.map((label, i) => ({ number: i + 1, text: label, choice: { value: i, label } }));
const colour = styleFor({ isTTY: true, env: { LANG: 'C.UTF-8', TERM: 'xterm' } });
const plain = styleFor({ isTTY: true, env: { LANG: 'C', NO_COLOR: '1' } });

test('no line of a list is wider than the terminal, whatever images are called', () => {
  const labels = ['short', 'x'.repeat(300), '日本語'.repeat(40), 'tab\tand\u001b[2Jescape'];
  for (const columns of [20, 40, 60, 200])
    for (const line of listLines(rows(labels), 1, colour, columns, 20)) {
      expect(width(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toContain('\u001b[2J');
    }
});

test('what is wrong with an answer is broken at blanks and indented', () => {
  const wrong = 'not a name\nNames become parts of paths, URLs and scripts.';
  expect(field('A b', plain, 40, wrong).split('\n')).toEqual([
    '  -->: A b',
    '      not a name',
    '      Names become parts of paths, URLs',
    '      and scripts.',
  ]);
});

test('a list longer than the terminal shows the chosen entry and that there is more', () => {
  const many = rows(Array.from({ length: 100 }, (_, i) => `image-${i}`));
  for (const at of [0, 1, 50, 98, 99]) {
    const lines = listLines(many, at, plain, 60, 10);
    expect(lines).toHaveLength(10);
    expect(lines.filter((line) => line.includes('->'))).toEqual([expect.stringContaining(`image-${at}`)]);
    expect(lines[0]?.trim() === '~').toBe(at > 5);
    expect(lines[9]?.trim() === '~').toBe(at < 94);
  }
});

test('without colour and UTF-8 everything is ASCII and nothing is coloured', () => {
  const menu: Row<unknown>[] = choices.map((choice, i) => ({ number: i + 1, text: choice.label, choice }));
  const frame = [
    ...listLines(menu, 3, plain, 60, 40),
    answered('Name:', 'x', plain),
    field('', plain, 60, 'wrong'),
  ];
  expect(frame.join('\n')).toMatch(/^[\x20-\x7e\n]*$/);
  expect(frame.join('\n')).toContain(' ->  4 - Clone a diskless image');
});

test('the cursor stands where the next letter goes', () => {
  const at = (text: string, cursor: number) =>
    withCursor(text, cursor).replace('\u001b[7m', '[').replace('\u001b[27m', ']');
  expect([at('', 0), at('abc', 3), at('abc', 1), at('abc', 9)]).toEqual(['[ ]', 'abc[ ]', 'a[b]c', 'abc[ ]']);
});
