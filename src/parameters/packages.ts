/** Which packages there are for an image of parameters, before anything is built. */
import type { WorkContext } from '../build/context.ts';
import type { DnfArchive } from '../build/dnf/archive.ts';
import { buildLog } from '../build/logs.ts';
import { openSource } from '../build/sources/redhat.ts';
import { RedhatSource } from '../recipe/sources/redhat.ts';
import type { Installation } from '../system/config.ts';
import { task, type Sink } from '../system/events.ts';

interface Options {
  sink: Sink;
  signal?: AbortSignal;
}

/**
 * Names of all packages of a release, and of groups with `@` before them; sorted.
 * @throws SlipwayError `dnf/…`, `repository/…`
 */
export async function availablePackages(
  installation: Installation,
  release: string,
  options: Options,
): Promise<string[]> {
  const title = `look at the packages of release ${release}`;
  return await ask(installation, release, options, title, async (archive) => await archive.available());
}

/**
 * Which of these names do not exist, each with one like it. Virtual ones and wildcards count as names.
 * @throws SlipwayError as {@link availablePackages}
 */
export async function missingPackages(
  installation: Installation,
  release: string,
  names: readonly string[],
  options: Options,
): Promise<{ name: string; near?: string }[]> {
  const title = `look for ${names.join(', ')}`;
  return await ask(installation, release, options, title, async (archive) => await archive.missing(names));
}

async function ask<T>(
  installation: Installation,
  release: string,
  options: Options,
  title: string,
  work: (archive: DnfArchive) => Promise<T>,
): Promise<T> {
  using log = await buildLog(installation.paths, 'packages');
  const context: WorkContext = { installation, options, log, epoch: 0, managers: new Map() };
  const source = RedhatSource.parse({ release });
  const place = { file: 'the configuration' };
  return await task(options.sink, title, async ({ id }) => {
    const { archive } = await openSource(source, installation.paths.etc, place, context, id);
    return await work(archive);
  });
}
