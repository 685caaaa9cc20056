/**
 * What exports need to stay as they are over restarts, in `exports.json` of the store: their numbers, and the
 * addresses of nodes that keep state and have none in the registry. Whoever changes it holds the lock of exports.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../system/durable.ts';
import { NAME } from '../../system/names.ts';
import type { Paths } from '../../system/paths.ts';
import { fail } from '../errors.ts';

const Form = z.strictObject({
  /** Number that was given last: freed ones are not given again before all others were. */
  last: z.int().min(0).max(65535),
  /** By path below `nfs.exports`. */
  numbers: z.record(z.string().max(200), z.int().min(1).max(65535)),
  /** Address from which a node booted last, by its name. */
  clients: z.record(z.string().regex(NAME), z.ipv4()),
});
export type Ledger = z.output<typeof Form>;

/** Export numbers that servers take; 0 is the pseudo file system of NFSv4. */
const MOST = 65_535;

const file = (paths: Paths) => join(paths.nfs, 'exports.json');

/** @throws SlipwayError `nfs/bad-ledger`: numbers must not be guessed, nodes that are up would read other files */
export async function readLedger(paths: Paths): Promise<Ledger> {
  let text: string;
  try {
    text = await readFile(file(paths), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { last: 0, numbers: {}, clients: {} };
  }
  try {
    return Form.parse(JSON.parse(text));
  } catch (cause) {
    throw fail('bad-ledger', { file: file(paths) }, { cause });
  }
}

export async function writeLedger(paths: Paths, ledger: Ledger): Promise<void> {
  await writeDurably(file(paths), `${JSON.stringify(ledger, undefined, 1)}\n`, 0o600);
}

/**
 * The same with a number for each of `wanted`, and without those that are gone for good.
 * @throws SlipwayError `nfs/too-many-exports`
 */
export function numbered(ledger: Ledger, wanted: readonly string[], max = MOST): Ledger {
  const keep = new Set(wanted);
  if (keep.size > max) throw fail('too-many-exports', { count: keep.size, max });
  const numbers = Object.fromEntries(Object.entries(ledger.numbers).filter(([path]) => keep.has(path)));
  const used = new Set(Object.values(numbers));
  let { last } = ledger;
  for (const path of wanted) {
    if (Object.hasOwn(numbers, path)) continue;
    do last = (last % max) + 1;
    while (used.has(last));
    numbers[path] = last;
    used.add(last);
  }
  return { ...ledger, last, numbers };
}
