/**
 * Slipway Test Linux: a small but real RPM distribution in two releases, signed,
 * with groups and modules, made of files of Debian's packages under the names and
 * in the places of RHEL's. It is made once and kept (SLIPWAY_TEST_CACHE, by default
 * below ~/.cache) until what makes it changes.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashTree } from '../../../src/build/key.ts';
import { lock } from '../../../src/system/lock.ts';
import { makeDistribution } from './distribution/make.ts';
import type { Release } from './distribution/package.ts';

export interface RpmRelease {
  release: Release;
  /** Directory with `repodata`, to be served. */
  directory: string;
  /** The same as a `file://` URL. */
  url: string;
  /** As in os-release. */
  platform: string;
}

export interface RpmDistribution {
  release8: RpmRelease;
  release9: RpmRelease;
  /** Path of the public key that has signed packages and metadata. */
  key: string;
  /** As `uname -r` says. */
  kernelVersion: string;
}

const cache = join(process.env['SLIPWAY_TEST_CACHE'] || join(homedir(), '.cache/slipway-tests'), 'rpm');

/** The distribution; made if need be, in about two minutes, by one process at a time. */
export async function rpmDistribution(): Promise<RpmDistribution> {
  const directory = join(cache, (await hashTree(join(import.meta.dirname, 'distribution'))).slice(0, 16));
  if (!existsSync(directory)) {
    using _ = await lock(join(cache, 'locks'), 'distribution', 'making Slipway Test Linux', {
      wait: 900_000,
    });
    if (!existsSync(directory)) await make(directory);
  }
  const { kernelVersion } = JSON.parse(await readFile(join(directory, 'made.json'), 'utf8')) as {
    kernelVersion: string;
  };
  const of = (release: Release): RpmRelease => ({
    release,
    directory: join(directory, release),
    url: pathToFileURL(join(directory, release)).href,
    platform: `platform:el${release}`,
  });
  return {
    release8: of('8'),
    release9: of('9'),
    key: join(directory, 'RPM-GPG-KEY-slipway'),
    kernelVersion,
  };
}

/** Everything happens in a directory beside it, whose last act is the rename. */
async function make(directory: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (name === 'locks') continue;
    // Another checkout may use another one.
    const { mtimeMs } = await stat(join(cache, name));
    if (name === 'making' || Date.now() - mtimeMs > 2 * 24 * 3600_000)
      await rm(join(cache, name), { recursive: true });
  }
  const work = join(cache, 'making');
  await mkdir(work);
  await rename(await makeDistribution(work), directory);
  await rm(work, { recursive: true });
}
