/** apt-get inside a tree, with an archive that is lent to it. */
import { lstat, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { lock } from '../../system/lock.ts';
import type { InsideOptions, Sandbox } from '../../system/sandbox.ts';
import { toolOptions, type WorkContext } from '../context.ts';
import type { InstallRequest } from '../packages/manager.ts';

/** Options of apt that keep it quiet, non-interactive and out of the tree. */
export const APT = [
  '-y',
  '-q',
  '-o',
  'APT::Sandbox::User=root',
  '-o',
  'Acquire::Languages=none',
  '-o',
  'Acquire::Retries=3',
  '-o',
  'Dpkg::Use-Pty=0',
];

/** Lends an archive to what runs inside a tree. */
export function withArchive(archive: { lists: string; packages: string }): Pick<InsideOptions, 'binds'> {
  return { binds: { [archive.lists]: '/var/lib/apt/lists', [archive.packages]: '/var/cache/apt/archives' } };
}

/** Packages come into the cache of an archive for one build at a time: apt's own lock would fail the second. */
export async function fetching(archive: { packages: string }, context: WorkContext): Promise<Disposable> {
  const { installation, options } = context;
  const { sink, signal } = options;
  const name = `apt-packages-${basename(dirname(archive.packages))}`;
  return await lock(installation.paths.locks, name, 'download of packages', {
    wait: 3_600_000,
    sink,
    signal,
  });
}

/** `apt-get install` inside; a word with `-` behind it is removed. No service is started. */
export async function aptInstall(
  sandbox: Sandbox,
  archive: { lists: string; packages: string },
  { install: wanted, remove = [], recommends = false }: InstallRequest,
  context: WorkContext,
  task: string,
): Promise<void> {
  await using _ = await noServices(sandbox);
  const options = toolOptions(context, task);
  const install = (more: string[], network: boolean) =>
    sandbox.inside(
      [
        'apt-get',
        ...APT,
        ...more,
        '--purge',
        `--${recommends ? '' : 'no-'}install-recommends`,
        '-o',
        'Dpkg::Options::=--force-confdef',
        '-o',
        'Dpkg::Options::=--force-confold',
        'install',
        '--',
        ...wanted,
        ...remove.map((name) => `${name}-`),
      ],
      { ...options, env: { ...options.env, ...PACKAGE_ENVIRONMENT }, network, ...withArchive(archive) },
    );
  // Downloading needs the network; the packages' own scripts do not get it.
  {
    using _ = await fetching(archive, context);
    await install(
      ['--download-only', ...(context.options.offline ? ['--no-download'] : [])],
      !context.options.offline,
    );
  }
  // The cache is only read, and nobody else is in this tree: other builds need not wait.
  await install(['--no-download', '-o', 'Debug::NoLocking=true'], false);
}

/** INITRD=No: the kernel hooks of initramfs-tools and dracut make no initramfs; ours is made outside the tree. */
const PACKAGE_ENVIRONMENT = {
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  INITRD: 'No',
};

/** Debian's policy layer: invoke-rc.d starts nothing while this file says 101. */
async function noServices(sandbox: Sandbox): Promise<AsyncDisposable> {
  const path = await sandbox.path('/usr/sbin/policy-rc.d', false);
  const had = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!had) await writeFile(path, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  return {
    async [Symbol.asyncDispose]() {
      if (!had) await rm(path, { force: true });
    },
  };
}
