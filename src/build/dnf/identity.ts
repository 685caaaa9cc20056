/** Which repositories an RPM tree is configured for. Trees with the same identity share metadata and packages. */
import { lstat, readdir } from 'node:fs/promises';
import type { Sandbox } from '../../system/sandbox.ts';
import { keyOf } from '../key.ts';
import { configurationFiles } from '../packages/configuration.ts';
import { DATABASES } from './releases.ts';
import { DNF_CONF, REPOSITORY_DIRECTORIES } from './repo-files.ts';
import { LANGUAGE_MACROS } from './write-tree.ts';

const CONFIGURATION = [
  ...REPOSITORY_DIRECTORIES, DNF_CONF, '/etc/dnf/vars', '/etc/yum/vars', '/etc/dnf/modules.d', '/etc/pki/rpm-gpg',
  '/etc/os-release', LANGUAGE_MACROS,
]; // prettier-ignore

/** Its rpm database, as a path of the tree; undefined if there is none. Links to the newer place do not count. */
export async function databaseOf(sandbox: Sandbox): Promise<string | undefined> {
  for (const directory of DATABASES) {
    const real = await sandbox.path(directory, false);
    if (!(await lstat(real).catch(() => undefined))?.isDirectory()) continue;
    const names = await readdir(real);
    if (['rpmdb.sqlite', 'Packages', 'Packages.db'].some((name) => names.includes(name))) return directory;
  }
  return undefined;
}

/** Undefined if the tree has no rpm database. */
export async function dnfIdentity(sandbox: Sandbox): Promise<string | undefined> {
  const database = await databaseOf(sandbox);
  if (!database) return undefined;
  const found = await configurationFiles(sandbox, CONFIGURATION);
  return `dnf:${keyOf('dnf-identity', database, found)}`;
}
