/** Which archives mmdebstrap uses for a suite when it is told none: asked from mmdebstrap itself, once per suite. */
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../system/errors.ts';
import { writeDurably } from '../../system/durable.ts';
import { run } from '../../system/process.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { DebianSource } from '../../recipe/schema.ts';
import { toolOptions, type WorkContext } from '../context.ts';
import { keyOf } from '../key.ts';

/** A hook that shows the sources.list that mmdebstrap wrote, and stops it there. */
const HOOK =
  '#!/bin/sh\ncat "$1/etc/apt/sources.list" "$1"/etc/apt/sources.list.d/*.list 2>/dev/null | sed "s/^/SOURCES /"\nexit 1\n';

/** One-line sources.list entries. */
export async function defaultSources(
  source: DebianSource,
  context: WorkContext,
  task: string,
): Promise<string[]> {
  const { paths } = context.installation;
  const version = (await run(['mmdebstrap', '--version'])).stdout.trim();
  const remembered = join(
    paths.cache,
    'apt',
    `sources-${keyOf(version, source.suite, source.components).slice(0, 16)}.list`,
  );
  const known = await readFile(remembered, 'utf8').catch(() => '');
  if (known) return known.trim().split('\n');

  await using work = await workDirectory(paths, 'sources');
  const hook = join(work.path, 'hook');
  await writeDurably(hook, HOOK);
  await chmod(hook, 0o700);
  const target = join(work.path, 'target');
  await mkdir(target);
  const argv = [
    'mmdebstrap',
    '--mode=root',
    '--variant=custom',
    `--components=${source.components.join(',')}`,
    `--setup-hook=${hook}`,
    source.suite,
    target,
  ];
  const output = await run(argv, { ...toolOptions(context, task), sink: undefined }).then(
    (r) => r.stdout,
    // The hook's exit code 1 stops mmdebstrap on purpose.
    (error: unknown) =>
      error instanceof SlipwayError ? (error.output ?? '') : Promise.reject(error as Error),
  );
  await rm(target, { recursive: true, force: true });
  const sources = output
    .split('\n')
    .flatMap((line) => (line.startsWith('SOURCES deb') ? [line.slice('SOURCES '.length)] : []));
  if (sources.length === 0) throw new Error(`mmdebstrap named no archive for ${source.suite}:\n${output}`);
  await writeDurably(remembered, `${sources.join('\n')}\n`);
  return sources;
}
