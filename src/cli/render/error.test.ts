import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SlipwayError } from '../../system/errors.ts';
import { asUsage, explained } from '../errors.ts';
import { errorObject, errorText, wrap } from './error.ts';
import { styleFor } from './style.ts';

const style = styleFor({ isTTY: false, env: {} });
const text = {
  what: 'Unknown key "packges"',
  why: 'No such key exists here.',
  todo: 'Did you mean "packages"?',
  exit: 2,
} as const;

test('shows code, what, where with the line and a caret, why, what to do, the last output, and all others', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'slipway-error-')), 'r.yml');
  writeFileSync(file, 'name: x\n\tsteps: [packges]\n');
  const also = new SlipwayError('yaml/other', { ...text, what: 'Another' });
  const error = new SlipwayError('yaml/unknown-key', text, {
    where: { file, line: 2, column: 10 },
    output: 'E: one\nE: \x1b[31mtwo\n',
    also: [also],
  });
  expect(errorText(error, style).split('\n')).toEqual([
    'error[yaml/unknown-key] Unknown key "packges"',
    `  at   ${file}:2:10`,
    '       2 |   steps: [packges]',
    '         |           ^',
    '  why  No such key exists here.',
    '  do   Did you mean "packages"?',
    '  last output:',
    '  | E: one',
    '  | E: two',
    '',
    'error[yaml/other] Another',
    '  why  No such key exists here.',
    '  do   Did you mean "packages"?',
    '',
    '2 errors',
    '',
  ]);
  expect(errorObject(error)).toEqual({
    event: 'error',
    code: 'yaml/unknown-key',
    what: 'Unknown key "packges"',
    why: 'No such key exists here.',
    todo: 'Did you mean "packages"?',
    where: { file, line: 2, column: 10 },
    output: 'E: one\nE: two\n',
    also: [{ code: 'yaml/other', what: 'Another', why: text.why, todo: text.todo }],
  });
});

test('a place whose file is gone is only named', () => {
  const error = new SlipwayError('a/b', text, { where: { file: '/nowhere/r.yml', line: 1 } });
  expect(errorText(error, style)).toContain('  at   /nowhere/r.yml:1\n  why');
});

test('errors of the system are explained, others are called defects', () => {
  const full = explained(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
  expect(full).toMatchObject({ code: 'cli/system', why: expect.stringContaining('disk is full') as string });
  const lock = explained(Object.assign(new Error('database or disk is full'), { errcode: 13 }));
  expect(lock).toMatchObject({ code: 'cli/system', why: expect.stringContaining('disk is full') as string });
  expect(explained(new TypeError('x is not a function'))).toMatchObject({
    code: 'cli/unexpected',
    output: expect.stringContaining('TypeError') as string,
  });
  expect(explained('text')).toMatchObject({ code: 'cli/unexpected', message: 'Unexpected error: text' });
});

test('what an operation finds wrong with its input is wrong usage, with the help of the command', () => {
  const badInput = (what: string, also: SlipwayError[] = []) =>
    new SlipwayError('operation/bad-input', { ...text, what }, { also });
  const error = badInput('node.add: nodes: must not be empty', [badInput('node.add: settings.tags.a: no')]);
  expect(asUsage(error, 'node add')).toMatchObject({
    code: 'cli/usage',
    message: 'nodes: must not be empty',
    todo: 'Run: slipway node add --help',
    also: [{ code: 'cli/usage', message: 'settings.tags.a: no' }],
  });
  const other = new SlipwayError('a/b', text);
  expect(asUsage(other, 'node add')).toBe(other);
});

test('wraps at blanks and never breaks a word', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrap('/a/very/long/path x', 5)).toEqual(['/a/very/long/path', 'x']);
});
