/** The packages of an RPM tree, by its database. */
import { copyFile, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { InstalledPackage } from '../../image/types.ts';
import type { Paths } from '../../system/paths.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { hostBackend, isForeign } from './database.ts';
import { databaseOf } from './identity.ts';

const SEEN = '/slipway/database';
const FORM = '%{NAME}\\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\\t%{ARCH}\\t%{SOURCERPM}\\n';

/**
 * Empty where the tree has no rpm database, or nobody could read it. It is read as a copy: rpm would write beside it, and the
 * tree may be mounted read-only.
 */
export async function rpmPackages(paths: Paths, sandbox: Sandbox): Promise<InstalledPackage[]> {
  const database = await databaseOf(sandbox);
  if (!database) return [];
  await using work = await workDirectory(paths, 'rpm-database');
  const copy = join(work.path, 'database');
  await mkdir(copy);
  const directory = await sandbox.path(database);
  for (const name of await readdir(directory))
    if ((await lstat(join(directory, name))).isFile())
      await copyFile(join(directory, name), join(copy, name));
  const own = await isForeign(sandbox);
  if (!own && (await hostBackend()) === undefined) return [];
  const query = ['-qa', '--qf', FORM];
  const { stdout } = own
    ? await sandbox.inside(['rpm', '--dbpath', '/run/database', ...query], {
        binds: { [copy]: '/run/database' },
      })
    : await sandbox.beside(['rpm', '--dbpath', SEEN, ...query], { tree: false, binds: { [copy]: SEEN } });
  return stdout.split('\n').flatMap((line) => packageOf(line) ?? []);
}

/** A line of the form above. Keys that rpm keeps as packages are none. */
function packageOf(line: string): InstalledPackage | undefined {
  const [name, version, architecture, sourceRpm = ''] = line.split('\t');
  if (!name || !version || !architecture || name === 'gpg-pubkey') return undefined;
  const source = /^(.+)-[^-]+-[^-]+\.(no)?src\.rpm$/.exec(sourceRpm)?.[1];
  return { name, version, architecture, ...(source && source !== name ? { source } : {}) };
}
