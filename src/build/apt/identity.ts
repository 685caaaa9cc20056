/** Which package archive a tree is configured for. Trees with the same identity share lists and packages. */
import { lstat } from 'node:fs/promises';
import type { Sandbox } from '../../system/sandbox.ts';
import { keyOf } from '../key.ts';
import { configurationFiles } from '../packages/configuration.ts';

const CONFIGURATION = [
  '/etc/apt/sources.list', '/etc/apt/sources.list.d', '/etc/apt/trusted.gpg', '/etc/apt/trusted.gpg.d', '/etc/apt/keyrings',
  '/etc/apt/preferences', '/etc/apt/preferences.d', '/etc/apt/auth.conf', '/etc/apt/auth.conf.d', '/usr/share/keyrings', '/var/lib/dpkg/arch',
]; // prettier-ignore

/** Undefined if the tree has no apt. */
export async function aptIdentity(sandbox: Sandbox): Promise<string | undefined> {
  const apt = await sandbox.path('/usr/bin/apt-get');
  if (!(await lstat(apt).catch(() => undefined))?.isFile()) return undefined;
  const found = await configurationFiles(sandbox, CONFIGURATION);
  return `apt:${keyOf('apt-identity', found)}`;
}
