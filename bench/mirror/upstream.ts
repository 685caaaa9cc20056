/** Which archive mmdebstrap takes for a suite when it is told none. */
import { chmod, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../src/system/durable.ts';
import { run } from '../../src/system/process.ts';
import type { Bench } from '../row.ts';

/** A hook that shows what mmdebstrap wrote, and stops it there. */
const HOOK = '#!/bin/sh\ncat "$1/etc/apt/sources.list"\nexit 1\n';

/** Base URL of the first entry, which is the suite itself. */
export async function upstreamOf(bench: Bench, suite: string): Promise<string> {
  const directory = join(bench.directory, 'upstream');
  await mkdir(join(directory, 'target'), { recursive: true });
  await writeDurably(join(directory, 'hook'), HOOK);
  await chmod(join(directory, 'hook'), 0o700);
  const argv = [
    'mmdebstrap',
    '--mode=root',
    '--variant=custom',
    `--setup-hook=${join(directory, 'hook')}`,
    suite,
    join(directory, 'target'),
  ];
  const { stdout, stderr } = await run(bench.namespace.command(argv), {
    okCodes: [0, 1, 25],
    signal: bench.signal,
  });
  await rm(directory, { recursive: true, force: true });
  const url = /^deb (https?:\/\/\S+?)\/? /m.exec(`${stdout}\n${stderr}`)?.[1];
  if (url === undefined) throw new Error(`mmdebstrap named no archive for ${suite}:\n${stderr}`);
  return url;
}
