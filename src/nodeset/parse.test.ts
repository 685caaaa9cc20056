import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../system/errors.ts';
import { expandNodeSet } from './evaluate.ts';
import { groupsOf, needsAll } from './expression.ts';
import { MOST_CHARACTERS, MOST_NAMES } from './limits.ts';
import { parse } from './parse.ts';

function failure(work: () => unknown): SlipwayError {
  try {
    work();
  } catch (error) {
    if (error instanceof SlipwayError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('blanks', () => {
  test.each([
    ['a b', 'a b'],
    ['  a ,\tb\n', 'a b'],
    ['n[ 1 , 3 - 5 / 2 ]', 'n1 n3 n5'],
    ['a !a, b', 'b'],
    // Each expression by itself: what stands behind a blank takes nothing from before it.
    ['c,a a!a', 'a c'],
    ['', ''],
  ])('%j', (expr, names) => expect(expandNodeSet(expr).join(' ')).toBe(names));
});

describe('errors tell the column', () => {
  test.each([
    ['a,', 'nodeset/operand', 2],
    ['a ! ', 'nodeset/operand', 3],
    ['!a', 'nodeset/operand', 1],
    ['a,,b', 'nodeset/operand', 3],
    ['a,n[1-3', 'nodeset/bracket', 4],
    ['n1-3]', 'nodeset/bracket', 5],
    ['n[1-2][3]', 'nodeset/bracket', 7],
    ['n[1[2]]', 'nodeset/bracket', 4],
    ['node [1-3]', 'nodeset/bracket', 6],
    ['n[]', 'nodeset/range', 3],
    ['n[1, 5-3]', 'nodeset/range', 6],
    ['n[-5]', 'nodeset/range', 3],
    ['n[01-100]', 'nodeset/range', 3],
    ['n[1-9/0]', 'nodeset/range', 3],
    ['n[5/2]', 'nodeset/range', 3],
    [`n[${'1'.repeat(64)}]`, 'nodeset/range', 3],
    ['a,n1[8-12]', 'nodeset/leading-digits', 3],
    ['a,n1[9,10]', 'nodeset/leading-digits', 3],
    ['a,Node[1-3]', 'name/invalid', 3],
    ['a b;reboot', 'name/invalid', 3],
    [`a${'-'.repeat(60)}[99-100]`, 'name/invalid', 1],
    ['n1,@', 'nodeset/group', 4],
    ['@Rack', 'nodeset/group', 1],
    ['@rack*', 'nodeset/group', 1],
    ['@profile:a:b', 'nodeset/group', 1],
    ['@@rack', 'nodeset/group', 1],
    ['@[1-2]:a', 'nodeset/group', 1],
    ['n1!@proffile:x', 'nodeset/unknown-source', 4],
  ])('%s: %s, column %i', (expr, code, column) => {
    const error = failure(() => parse(expr));
    expect(error).toMatchObject({ code, exit: 2, where: { file: 'node set', column } });
    expect(error.todo).not.toBe('');
  });

  test('and the text around it, of however long an expression', () => {
    const { where } = failure(() => parse(`${'a,'.repeat(1000)}!b,${'c,'.repeat(1000)}`));
    const { text, at } = where?.excerpt ?? { text: '', at: 0 };
    expect(text.slice(at, at + 4)).toBe('!b,c');
    expect(text.length).toBeLessThan(100);
    expect(failure(() => parse('a,,b')).where?.excerpt).toEqual({ text: 'a,,b', at: 2 });
  });

  test('and say what to write instead', () => {
    const todo = (expr: string) => failure(() => parse(expr)).todo;
    expect(todo('n[5-3]')).toBe('Write 3-5.');
    expect(todo('n[01-100]')).toContain('001-100');
    expect(todo('@proffile:x')).toContain('Did you mean @profile:?');
    expect(failure(() => parse('Node[1-3]')).message).toContain('"Node3"');
  });
});

test('operands that need the registry are refused where it cannot be asked', () => {
  for (const expr of ['n1,@rack', '@*', 'n*', 'n?', '@image:*'])
    expect(failure(() => expandNodeSet(expr))).toMatchObject({ code: 'nodeset/not-here' });
  expect(failure(() => expandNodeSet('a,@x', { groups: new Map() }))).toMatchObject({
    code: 'nodeset/unknown-group',
    where: { column: 3 },
  });
});

test('groups are told before they are looked up, each once', () => {
  const expression = parse('n1,@rack[1-2]!@rack2&@profile:gpu @image:compute:7 @tag:row=A/1 @*');
  expect(groupsOf(expression, parse('@rack1'))).toEqual([
    { source: 'group', name: 'rack1' },
    { source: 'group', name: 'rack2' },
    { source: 'profile', name: 'gpu' },
    { source: 'image', name: 'compute:7' },
    { source: 'tag', name: 'row=A/1' },
  ]);
  expect(['@*', 'n*', 'a,n?'].map((expr) => needsAll(parse(expr)))).toEqual([true, true, true]);
  expect(needsAll(parse('n1,@image:*'))).toBe(false);
});

describe('bombs are refused before anything is made of them', () => {
  test.each([
    'n[1-999999999]',
    'a[1-99999]b[1-99999]',
    'a[0-9]'.repeat(6),
    `n[1-${'9'.repeat(60)}]`,
    '@rack[1-999999999]',
    `n[1-${MOST_NAMES}],x`,
    `n[1-${MOST_NAMES}]!n[2-${MOST_NAMES}]`,
    Array.from({ length: 3000 }, () => 'n[1-100]').join(','),
    'a*b[1-1000]',
  ])('%.40s', (expr) => {
    const before = process.memoryUsage().heapUsed;
    expect(failure(() => parse(expr))).toMatchObject({ code: 'nodeset/too-many' });
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32 << 20);
  });

  test('long ones, whatever is in them', () => {
    const whole = 'n'.repeat(MOST_CHARACTERS + 1);
    expect(failure(() => parse(whole))).toMatchObject({ code: 'nodeset/too-long' });
    for (const unit of [
      '[',
      ']',
      '[1]a',
      'a[',
      '@',
      '@a:',
      'a,',
      '!',
      'a[1,',
      '1',
      'a*',
      ' ',
      '-',
      'a[1]',
      '/',
    ])
      expect(() =>
        expandNodeSet(unit.repeat(MOST_CHARACTERS / unit.length), { all: [], groups: new Map() }),
      ).not.toThrow(RangeError);
  });

  test('large groups, named again and again', () => {
    const all = Array.from({ length: 100_000 }, (_, i) => `n${i}`);
    expect(failure(() => expandNodeSet(Array(1000).fill('@*').join('^'), { all }))).toMatchObject({
      code: 'nodeset/too-many',
    });
    expect(expandNodeSet('@*!n[1-99999]', { all })).toEqual(['n0']);
  });

  test('the limit itself is allowed', () => {
    expect(expandNodeSet(`n[1-${MOST_NAMES}]`)).toHaveLength(MOST_NAMES);
  });

  test('numbers beyond what a float holds', () => {
    expect(expandNodeSet('n[99999999999999999998-100000000000000000000]')).toEqual([
      'n99999999999999999998',
      'n99999999999999999999',
      'n100000000000000000000',
    ]);
  });
});

test('whatever comes in, only valid names or an error of ours come out', () => {
  const unit = fc.constantFrom(...'ab19[]-,!&^@*?:/ .\0;$\n'.split(''));
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
      let names: string[];
      try {
        names = expandNodeSet(text, { all: ['a1', 'b'], groups: new Map([['group:a', ['a9']]]) });
      } catch (error) {
        expect(error).toBeInstanceOf(SlipwayError);
        return;
      }
      for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9._-]{0,62}$/);
    }),
    { numRuns: 2000 },
  );
});
