import { lstat, rm, writeFile } from 'node:fs/promises';
import type { Sandbox } from '../../system/sandbox.ts';
import type { ResolvedStep } from '../../recipe/resolved.ts';
import type { PackagesStep } from '../../recipe/schema.ts';
import { toolOptions, type BuildContext, type StepKind } from '../context.ts';
import { archiveFor, APT, withArchive } from '../apt/tree-archive.ts';
import { requirePackages } from '../apt/require.ts';
import { few } from './title.ts';

/** Installs and removes packages with the image's own package manager. */
export const packages: StepKind = {
  title(step) {
    const { install, remove } = body(step);
    return `packages ${few([...install, ...remove.map((n) => `-${n}`)], 5)}`;
  },
  async inputs(step, tree, context) {
    const archive = await archiveFor(tree, context, 'packages');
    return { ...body(step), archive: archive.state };
  },
  async run(step, sandbox, tree, context, task) {
    const { install, remove, recommends } = body(step);
    const archive = await archiveFor(tree, context, task);
    await requirePackages(
      archive,
      install.map((name) => ({ name, place: step.place })),
    );
    await aptInstall(
      sandbox,
      archive,
      [...install, ...remove.map((n) => `${n}-`)],
      recommends,
      context,
      task,
    );
  },
};

function body(step: ResolvedStep): PackagesStep {
  return (step.step as { packages: PackagesStep }).packages;
}

/** `apt-get install` inside; a word with `-` behind it removes. No service is started. */
export async function aptInstall(
  sandbox: Sandbox,
  archive: { lists: string; packages: string },
  words: readonly string[],
  recommends: boolean,
  context: BuildContext,
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
        ...words,
      ],
      { ...options, env: { ...options.env, ...PACKAGE_ENVIRONMENT }, network, ...withArchive(archive) },
    );
  // Downloading needs the network; the packages' own scripts do not get it.
  await install(
    ['--download-only', ...(context.options.offline ? ['--no-download'] : [])],
    !context.options.offline,
  );
  await install(['--no-download'], false);
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
