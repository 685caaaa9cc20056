/** Where boot tests leave their logs, and for how long. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Generation } from '../image/types.ts';
import type { Paths } from '../system/paths.ts';

export interface TestLogs {
  server: string;
  console: (node: string) => string;
}

/** Tests whose logs are kept, the newest. */
const KEPT = 50;

/** Names the files of a new test, and removes those of the oldest tests. Names start with the time. */
export async function testLogs(
  paths: Paths,
  image: Generation,
  firmware: string,
  now = new Date(),
): Promise<TestLogs> {
  const directory = join(paths.logs, 'boot-tests');
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const files = await readdir(directory);
  const tests = [...new Set(files.map((file) => file.split('.')[0] ?? ''))].toSorted();
  const old = new Set(tests.slice(0, Math.max(0, tests.length - KEPT + 1)));
  for (const file of files)
    if (old.has(file.split('.')[0] ?? '')) await rm(join(directory, file), { force: true });
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  // Image names may have dots, which here end the name of the test.
  const name = `${time}-${randomBytes(2).toString('hex')}`;
  const what = `${image.name}-${image.generation}-${firmware}`;
  return {
    server: join(directory, `${name}.${what}.server.log`),
    console: (node) => join(directory, `${name}.${what}.${node}.console.log`),
  };
}
