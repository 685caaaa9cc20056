/** The same as ClusterShell, whose `nodeset` administrators know. */
import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { expandNodeSet, type Lookup } from './evaluate.ts';
import { fold } from './fold.ts';
import { sortNames } from './natural.ts';

const members: Record<string, Record<string, string>> = {
  group: { g1: 'a1,a2,b7', g2: 'a[2-9]', g3: 'login', empty: '' },
  profile: { p: 'a[1-20],b1-c2', 'q-1': 'login,b7' },
  image: { 'compute:7': 'a[01-12]' },
};
const all = 'a[1-40],a[01-12],b[1-9]-c[1-3],login,b7';
const lookup: Lookup = {
  all: expandNodeSet(all),
  groups: new Map(
    Object.entries(members).flatMap(([source, groups]) =>
      Object.entries(groups).map(([name, text]) => [`${source}:${name}`, expandNodeSet(text)] as const),
    ),
  ),
};

interface Answer {
  names?: string[];
  fold?: string;
  error?: string;
}

/** One process for many questions. */
function ask(questions: readonly ({ expr: string } | { names: readonly string[] })[]): Answer[] {
  const input = [{ groups: members, all }, ...questions].map((one) => `${JSON.stringify(one)}\n`).join('');
  // The distribution's Python has the distribution's ClusterShell.
  const output = execFileSync('/usr/bin/python3', ['test/support/clustershell.py'], {
    input,
    encoding: 'utf8',
  });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

/** A number from 0 to 130 and one behind it, with leading zeros or not. */
const range = (width: number, steps: boolean) =>
  fc
    .record({
      low: fc.nat(width === 1 ? 9 : width === 2 ? 99 : 130),
      length: fc.nat(14),
      step: fc.integer({ min: 1, max: 4 }),
      one: fc.boolean(),
    })
    .map(({ low, length, step, one }) => {
      const write = (n: number) => String(n).padStart(width, '0');
      if (one) return write(low);
      const most = width === 0 ? Infinity : 10 ** width - 1;
      const end = `${write(low)}-${write(Math.min(low + length, most))}`;
      return steps && step > 1 ? `${end}/${step}` : end;
    });
const bracket = (width: number, steps: boolean, blank = '') =>
  fc
    .array(range(width, steps), { minLength: 1, maxLength: 4 })
    .map((ranges) => `[${ranges.join(`${blank},${blank}`)}]`);
const loose = fc.oneof(
  bracket(0, true),
  bracket(2, true),
  bracket(3, true, ' '),
  fc.tuple(range(0, true), range(2, true)).map((both) => `[${both.join(',')}]`),
);
const prefix = fc.constantFrom('a', 'b', 'n', 'a-b', 'login', 'x.y_');
const between = fc.constantFrom('-c', 'n', '-', '.d');
const name = fc.oneof(
  prefix,
  fc.tuple(prefix, fc.nat(12)).map(([text, n]) => `${text}${n}`),
  fc.tuple(prefix, loose).map((parts) => parts.join('')),
  fc.tuple(prefix, loose, between).map((parts) => parts.join('')),
  fc.tuple(prefix, bracket(0, true), between, bracket(2, true)).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('a', 'b'), range(0, false), fc.constant('-c'), range(0, false))
    .map(([a, x, c, y]) => `${a}[${x}]${c}[${y}]`),
  // Digits beside a bracket belong to the number.
  fc.tuple(prefix, fc.constantFrom('0', '1', '07'), bracket(2, true)).map((parts) => parts.join('')),
  fc
    .tuple(prefix, fc.constantFrom('0', '1', '07', ''), bracket(2, false), fc.constantFrom('0', '5', '10'))
    .map((parts) => parts.join('')),
);
const other = fc.constantFrom(
  '@g1',
  '@g2',
  '@g[1-3]',
  '@group:g2',
  '@empty',
  '@profile:p',
  '@profile:q-1',
  '@profile:q-[1]',
  '@image:compute:7',
  '@*',
  'a*',
  '?1',
  'b?-c*',
  '*',
  'a[1-3]*',
  '*[5-6]',
  'nothing*',
);
const operator = fc
  .tuple(fc.constantFrom(',', '!', '&', '^'), fc.constantFrom('', ' ', '  ', '\t'), fc.constantFrom('', ' '))
  .map(([sign, before, behind]) => before + sign + behind);
const operand = fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: other });
const expression = fc
  .tuple(operand, fc.array(fc.tuple(operator, operand), { maxLength: 5 }))
  .map(([first, rest]) => first + rest.flat().join(''));

test('expressions mean the same', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.array(expression, { minLength: 1, maxLength: 150 }), (expressions) => {
      for (const [i, answer] of ask(expressions.map((expr) => ({ expr }))).entries()) {
        const expr = expressions[i] ?? '';
        const names = expandNodeSet(expr, lookup);
        expect({ expr, names, fold: fold(names) }).toEqual({
          expr,
          names: sortNames(answer.names ?? [answer.error ?? '']),
          fold: answer.fold,
        });
      }
    }),
    { numRuns: 15 },
  );
});

/** Names with one to four numbers out of few, so that much can be folded and much cannot. */
const digits = fc.oneof(
  fc.nat(4).map(String),
  fc.nat(12).map(String),
  fc.nat(3).map((n) => `0${n}`),
  fc.constantFrom('9', '10', '99', '100', '099', '010', '0', '00'),
);
const names = fc
  .record({ parts: fc.array(between, { maxLength: 3 }), few: fc.boolean() })
  .chain(({ parts, few }) => {
    const number = few ? fc.nat(3).map(String) : digits;
    const one = fc
      .tuple(...parts.map((part) => number.map((n) => part + n)), number)
      .map((all) => `r${all.pop() ?? ''}${all.join('')}`);
    return fc.array(one, { minLength: 1, maxLength: 60 });
  });

test('names fold to the same, and that means the same again', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.array(names, { minLength: 1, maxLength: 100 }), (lists) => {
      for (const [i, answer] of ask(lists.map((one) => ({ names: one }))).entries()) {
        const list = lists[i] ?? [];
        const folded = fold(list);
        expect({ list, folded }).toEqual({ list, folded: answer.fold });
        expect(expandNodeSet(folded)).toEqual(sortNames(list));
      }
    }),
    { numRuns: 20 },
  );
});

test('a whole row of racks, and one with holes', () => {
  const whole = expandNodeSet('r[1-20]c[01-10]n[1-8]');
  const holes = whole.filter((_, i) => i % 7 !== 0 || i % 3 === 0);
  const [all, some] = ask([{ names: whole }, { names: holes }]);
  expect(fold(whole)).toBe(all?.fold);
  expect(fold(holes)).toBe(some?.fold);
});

/** What both refuse. */
const REFUSED = [
  'a,',
  ',a',
  'a,,b',
  '!a',
  'a!&b',
  'n[1-3',
  'n1-3]',
  'n[]',
  'n[1,]',
  'n[1-2]]',
  'n[1-2][3-4]',
  'n[1-2[3]]',
  'n[10-8]',
  'n[a-b]',
  'n[1-]',
  'n[5/2]',
  'n[0-5/0]',
  'n[0-5/x]',
  'n[01-100]',
  'n[1-010]',
  'n[1-999999999999]',
];
test.each(REFUSED)('%s is refused, as there', (expr) => {
  expect(ask([{ expr }])[0]).toHaveProperty('error');
  expect(() => expandNodeSet(expr)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^nodeset\//) as string }),
  );
});
