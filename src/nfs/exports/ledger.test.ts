import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pathsUnder } from '../../system/paths.ts';
import { numbered, readLedger, writeLedger } from './ledger.ts';

const empty = { last: 0, numbers: {}, clients: {} };

test('numbers stay, and freed ones are given again last', () => {
  const one = numbered(empty, ['a', 'b', 'c'], 4);
  expect(one.numbers).toEqual({ a: 1, b: 2, c: 3 });
  const two = numbered(one, ['c', 'a'], 4);
  expect(two.numbers).toEqual({ a: 1, c: 3 });
  const three = numbered(two, ['a', 'b', 'c'], 4);
  expect(three.numbers).toEqual({ a: 1, b: 4, c: 3 });
  expect(numbered(three, ['a', 'b', 'c', 'd'], 4).numbers['d']).toBe(2);
  expect(numbered(three, ['b', 'c', 'a'], 4)).toEqual(three);
  expect(numbered(empty, ['constructor', '__proto__x']).numbers).toEqual({ constructor: 1, __proto__x: 2 });
});

test('there are 65535', () => {
  const many = Array.from({ length: 65_535 }, (_, i) => `n${i}`);
  const full = numbered(empty, many);
  expect(new Set(Object.values(full.numbers)).size).toBe(65_535);
  expect(Math.max(...Object.values(full.numbers))).toBe(65_535);
  const error = expect.objectContaining({ code: 'nfs/too-many-exports' });
  expect(() => numbered(full, [...many, 'more'])).toThrow(error);
});

test('what is in the file, and what cannot be read', async () => {
  const root = mkdtempSync(join(tmpdir(), 'slipway-ledger-'));
  try {
    const paths = pathsUnder(root);
    expect(await readLedger(paths)).toEqual(empty);
    mkdirSync(paths.nfs, { recursive: true });
    const ledger = { last: 7, numbers: { 'trees/a': 7 }, clients: { n1: '10.0.0.1' } };
    await writeLedger(paths, ledger);
    expect(await readLedger(paths)).toEqual(ledger);
    for (const bad of [
      '',
      '{}',
      '{"last":0,"numbers":{"a":70000},"clients":{}}',
      '{"last":0,"numbers":{},"clients":{"../x":"10.0.0.1"}}',
    ]) {
      writeFileSync(join(paths.nfs, 'exports.json'), bad);
      await expect(readLedger(paths)).rejects.toThrow(expect.objectContaining({ code: 'nfs/bad-ledger' }));
    }
  } finally {
    rmSync(root, { recursive: true });
  }
});
