/** Commands on trees of nodes, where there is no NFS server. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../src/system/durable.ts';
import { PROGRAM } from '../rivals/slipway.ts';
import type { Bench } from '../row.ts';
import { timed } from './timed.ts';

/** Runs slipway in the installation of a row; its last line is the result. */
export async function slipway(bench: Bench, { root }: { root: string }, ...words: string[]) {
  const argv = bench.namespace.command([PROGRAM, ...words, '--json']);
  return await timed(argv, { env: { SLIPWAY_ROOT: root }, signal: bench.signal });
}

/** With a configuration that exports nothing; afterwards no tree is mounted. */
export async function withTrees<T>(bench: Bench, at: { root: string }, work: () => Promise<T>): Promise<T> {
  const config = join(at.root, 'etc/slipway/config.yml');
  const before = await readFile(config, 'utf8');
  await writeDurably(config, JSON.stringify({ nfs: { server: 'off' } }));
  try {
    return await work();
  } finally {
    await slipway(bench, at, 'nfs', 'down', '--force');
    await writeDurably(config, before);
  }
}
