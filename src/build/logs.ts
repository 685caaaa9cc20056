/** Where builds leave their logs, and for how long. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LogFile } from '../system/logfile.ts';
import type { Paths } from '../system/paths.ts';

/** Logs that are kept, the newest. Names start with the time. */
const KEPT = 100;

/** Opens the log of a new build of `image`, and removes the oldest logs. */
export async function buildLog(paths: Paths, image: string, now = new Date()): Promise<LogFile> {
  const directory = join(paths.logs, 'builds');
  const old = (await readdir(directory).catch(() => [] as string[])).toSorted().slice(0, 1 - KEPT);
  for (const name of old) await rm(join(directory, name), { force: true });
  const time = now.toISOString().replaceAll(/[-:.]/g, '');
  return new LogFile(join(directory, `${time}.${image}.log`));
}
