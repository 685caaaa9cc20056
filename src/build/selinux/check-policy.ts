/** Whether a policy knows the labels that its file contexts name. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../system/errors.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { WorkContext } from '../context.ts';
import { writeContexts, type Contexts } from './contexts.ts';
import { fail } from './errors.ts';

/**
 * By the image's own setfiles: that one can read its policy, while this host's may be too old for it.
 * It only reads. @throws SlipwayError `selinux/unknown-label`, `selinux/not-built`, `selinux/no-tools`, `selinux/bad-contexts`
 */
export async function checkPolicy(
  sandbox: Sandbox,
  policy: string,
  contexts: Contexts,
  { installation, options: { signal }, log }: WorkContext,
): Promise<void> {
  const binary = await binaryPolicy(sandbox, policy);
  const setfiles = await program(sandbox, 'setfiles');
  if (!setfiles || !(await program(sandbox, 'restorecon'))) throw fail('no-tools', {});
  await using work = await workDirectory(installation.paths, 'policy');
  const directory = join(work.path, 'contexts');
  await writeContexts(contexts, directory);
  const shown = '/run/slipway/contexts';
  try {
    await sandbox.inside(
      [setfiles, '-m', '-n', '-c', binary, `${shown}/file_contexts`, '/etc/selinux/config'],
      { signal, log, readOnlyBinds: { [directory]: shown }, timeout: 600_000 },
    );
  } catch (cause) {
    if (!(cause instanceof SlipwayError) || cause.code !== 'process/failed') throw cause;
    const label = /invalid context (\S+)/.exec(cause.output ?? '')?.[1];
    const context = { cause, output: cause.output };
    throw label
      ? fail('unknown-label', { policy, label }, context)
      : fail('bad-contexts', { policy }, context);
  }
}

/** Path in the image of the policy as the kernel loads it: of several the newest form, `policy.33`. */
async function binaryPolicy(sandbox: Sandbox, policy: string): Promise<string> {
  const directory = `/etc/selinux/${policy}/policy`;
  const names = await readdir(await sandbox.path(directory)).catch(() => [] as string[]);
  const versions = names.flatMap((name) => /^policy\.(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  if (versions.length === 0) throw fail('not-built', { policy });
  return `${directory}/policy.${Math.max(...versions)}`;
}

async function program(sandbox: Sandbox, name: string): Promise<string | undefined> {
  for (const path of [`/usr/sbin/${name}`, `/sbin/${name}`, `/usr/bin/${name}`])
    if ((await lstat(await sandbox.path(path)).catch(() => undefined))?.isFile()) return path;
  return undefined;
}
