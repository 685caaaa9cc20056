/** Container images, fetched by skopeo into the cache of this host and unpacked by umoci. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { OciSource } from '../../recipe/schema.ts';
import { writeDurably } from '../../system/durable.ts';
import { SlipwayError, type Place } from '../../system/errors.ts';
import { lock } from '../../system/lock.ts';
import { run } from '../../system/process.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type BuildContext } from '../context.ts';
import { fail } from '../errors.ts';
import { keyOf } from '../key.ts';
import { ociPlace, pinned, type OciPlace } from '../../recipe/oci-reference.ts';

export type OciArchitecture = 'amd64' | 'arm64';

/** What was seen of an image, kept in the cache for builds that may not look. */
export interface OciImage {
  /** Of the manifest, or of the index of several architectures. */
  digest: string;
  architecture: OciArchitecture;
  /** ISO time at which it was made, as it says. */
  created?: string;
}

/**
 * Looks at the image without fetching its layers; offline at what was fetched before.
 * @throws SlipwayError `build/oci-failed`, `build/offline-missing`
 */
export async function lookAtImage(
  source: OciSource,
  base: string,
  where: Place,
  context: BuildContext,
  task: string,
): Promise<OciImage> {
  const place = placeOf(source, base, where);
  const directory = cacheOf(source, place, context);
  if (context.options.offline && place.path === undefined) {
    const seen = await readFile(join(directory, 'seen.json'), 'utf8').catch(() => undefined);
    if (seen === undefined) throw fail('offline-missing', {}, { where });
    return JSON.parse(seen) as OciImage;
  }
  const raw = await skopeo(
    ['inspect', '--raw', ...flags(source, base, 'source'), place.name],
    place,
    where,
    context,
    task,
  );
  const digest = `sha256:${createHash('sha256').update(raw).digest('hex')}`;
  const config = JSON.parse(
    await skopeo(
      ['inspect', '--config', ...flags(source, base, 'source'), pinned(place, digest)],
      place,
      where,
      context,
      task,
    ),
  ) as { architecture?: unknown; created?: unknown };
  const { architecture, created } = config;
  if (architecture !== 'amd64' && architecture !== 'arm64')
    throw fail(
      'oci-architecture',
      { image: source.image, architecture: JSON.stringify(architecture) },
      { where },
    );
  return { digest, architecture, ...(typeof created === 'string' && { created }) };
}

/**
 * The layout in the cache that holds the image as `image` of it; fetched if it is not there.
 * @throws SlipwayError `build/oci-failed`
 */
export async function fetchImage(
  source: OciSource,
  base: string,
  where: Place,
  seen: OciImage,
  context: BuildContext,
  task: string,
): Promise<string> {
  const place = placeOf(source, base, where);
  const directory = cacheOf(source, place, context);
  const layout = join(directory, seen.digest.replace(':', '-'));
  const { paths } = context.installation;
  using _ = await lock(paths.locks, `oci-${keyOf(directory).slice(0, 16)}`, `fetching ${source.image}`, {
    wait: 24 * 3_600_000,
    signal: context.options.signal,
  });
  if (await readFile(join(layout, 'index.json')).catch(() => undefined)) return layout;
  if (context.options.offline && place.path === undefined) throw fail('offline-missing', {}, { where });
  await using work = await workDirectory(paths, 'oci');
  // The work directory has a name without a colon: skopeo can be given it.
  const argv = [
    'copy', ...flags(source, base, 'copy'), `--override-arch=${seen.architecture}`, '--override-os=linux',
    pinned(place, seen.digest), `oci:${join(work.path, 'layout')}:image`,
  ]; // prettier-ignore
  await skopeo(argv, place, where, context, task);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // The cache may lie on another file system than the work directories.
  await run(['cp', '--archive', join(work.path, 'layout'), `${layout}.part`]);
  await rename(`${layout}.part`, layout);
  await writeDurably(join(directory, 'seen.json'), JSON.stringify(seen), 0o600);
  return layout;
}

function placeOf(source: OciSource, base: string, where: Place): OciPlace {
  const place = ociPlace(source.image, base);
  if (!place) throw fail('oci-path', { image: source.image }, { where });
  return place;
}

function cacheOf({ image }: OciSource, place: OciPlace, context: BuildContext): string {
  return join(context.installation.paths.cache, 'oci', keyOf('oci', image, place.cwd).slice(0, 16));
}

function flags(source: OciSource, base: string, of: 'source' | 'copy'): string[] {
  const prefix = of === 'copy' ? '--src-' : '--';
  return [
    ...(source.insecure ? [`${prefix}tls-verify=false`] : []),
    ...(source.authfile === undefined ? [] : ['--authfile', resolve(base, source.authfile)]),
  ];
}

/** No signature policy of the host's: what is fetched is pinned by its digest. */
async function skopeo(
  [command = '', ...rest]: string[],
  { cwd, name }: OciPlace,
  where: Place,
  context: BuildContext,
  task: string,
): Promise<string> {
  const options = {
    ...toolOptions(context, task),
    cwd,
    ...(command === 'inspect' && { sink: undefined, log: undefined }),
  };
  try {
    return (await run(['skopeo', '--insecure-policy', command, ...rest], options)).stdout;
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'process/failed') throw error;
    throw fail('oci-failed', { image: name }, { where, cause: error, output: error.output });
  }
}
