/** Which repositories an RPM tree is configured for. Trees with the same identity share metadata and packages. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../system/sandbox.ts';
import { keyOf } from '../key.ts';
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
  const found: [string, string][] = [];
  const visit = async (path: string) => {
    const real = await sandbox.path(path);
    const info = await lstat(real).catch(() => undefined);
    if (info?.isFile()) found.push([path, await readFile(real, 'base64')]);
    if (info?.isDirectory())
      for (const name of (await readdir(real)).toSorted()) await visit(join(path, name));
  };
  for (const path of CONFIGURATION) await visit(path);
  return `dnf:${keyOf('dnf-identity', database, found)}`;
}
