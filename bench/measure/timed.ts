/** Whole processes: wall seconds, and with GNU time the memory of the largest of them. time(1) */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type RunOptions } from '../../src/system/process.ts';

export interface Timed {
  /** Wall clock, with the start of the process. */
  seconds: number;
  stdout: string;
}

/** @throws SlipwayError `process/…` if it fails: a bench of something that does not work says nothing. */
export async function timed(argv: readonly string[], options: RunOptions = {}): Promise<Timed> {
  const start = performance.now();
  const { stdout } = await run(argv, options);
  return { seconds: (performance.now() - start) / 1000, stdout };
}

/** Bytes that the largest process of `argv` held at its peak (resident set, of it or a child that it waited for). */
export async function peakMemory(
  argv: readonly string[],
  directory: string,
  options: RunOptions = {},
): Promise<number> {
  const file = join(directory, 'peak');
  await run(['time', '--format=%M', `--output=${file}`, '--', ...argv], options);
  const kib = Number(await readFile(file, 'utf8'));
  await rm(file);
  if (!Number.isInteger(kib)) throw new Error('GNU time gave no number');
  return kib * 1024;
}
