/**
 * The rpm database in a form that the tree's own rpm can read. The host's rpm writes its own form
 * (SQLite in rpm 4.16 and newer); the rpm of RHEL 8 knows only Berkeley DB, and would take such a tree
 * for empty. So the database is carried over before and after the host's rpm works on it, by
 * `rpmdb --exportdb` and `--importdb`, whose form is the same for all. rpmdb(8)
 */
import { createWriteStream } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { SlipwayError } from '../../system/errors.ts';
import { readInRoot } from '../../system/in-root.ts';
import { run } from '../../system/process.ts';
import type { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type WorkContext } from '../context.ts';
import type { Dnf } from './dnf.ts';

/** `bdb` up to rpm 4.15, which has no setting for it. */
type Backend = string;

/** What the tree's own rpm writes; undefined if it has none that could read a database. */
async function treeBackend(sandbox: Sandbox): Promise<Backend | undefined> {
  for (const program of ['/usr/bin/rpm', '/usr/bin/rpmdb'])
    if (!(await lstat(await sandbox.path(program)).catch(() => undefined))?.isFile()) return undefined;
  const macros = (await readInRoot(sandbox.root, '/usr/lib/rpm/macros', 1 << 20))?.toString();
  return macros === undefined ? undefined : (/^%_db_backend\s+(\w+)/m.exec(macros)?.[1] ?? 'bdb');
}

/** What this host's rpm writes; undefined if it has none. */
export async function hostBackend(): Promise<Backend | undefined> {
  try {
    return (await run(['rpm', '--eval', '%{?_db_backend}'])).stdout.trim() || 'bdb';
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'process/missing') return undefined;
    throw error;
  }
}

/** By backend, the file that is always there. */
const FILES: Partial<Record<Backend, string>> = {
  sqlite: 'rpmdb.sqlite',
  ndb: 'Packages.db',
  bdb: 'Packages',
};

/** Whether the two differ, or the host has none: then the tree's own rpm is asked for what is in its database. */
export async function isForeign(sandbox: Sandbox): Promise<boolean> {
  const own = await treeBackend(sandbox);
  return own !== undefined && own !== (await hostBackend());
}

/** From the tree's form to the host's, where the tree has the former. */
export async function toHost(dnf: Dnf, sandbox: Sandbox, context: WorkContext, task: string): Promise<void> {
  const names = await readdir(await sandbox.path(dnf.setup.release.database)).catch(() => [] as string[]);
  const wanted = FILES[(await hostBackend()) ?? ''];
  if (names.length === 0 || !wanted || names.includes(wanted)) return;
  await carry(dnf, sandbox, context, task, 'host');
}

/** From the host's form to that of the tree's own rpm, where they differ. */
export async function toTree(dnf: Dnf, sandbox: Sandbox, context: WorkContext, task: string): Promise<void> {
  if (await isForeign(sandbox)) await carry(dnf, sandbox, context, task, 'tree');
}

async function carry(dnf: Dnf, sandbox: Sandbox, context: WorkContext, task: string, to: 'host' | 'tree'): Promise<void> {
  const { database } = dnf.setup.release;
  await using work = await workDirectory(context.installation.paths, 'rpm-database');
  const file = join(work.path, 'headers');
  const { log, signal, env } = toolOptions(context, task);
  const own = ['rpmdb', '--dbpath', database];
  const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  const options = { log: undefined, signal, env, stdout: out };
  if (to === 'tree') await dnf.rpm(sandbox, ['rpmdb', '--exportdb'], options);
  else await sandbox.inside([...own, '--exportdb'], options);
  out.end();
  await finished(out);
  const directory = await sandbox.path(database);
  for (const name of await readdir(directory))
    if ((await lstat(join(directory, name))).isFile()) await rm(join(directory, name));
  const input = await readFile(file);
  if (to === 'tree') await sandbox.inside([...own, '--importdb'], { log, signal, env, input });
  else await dnf.rpm(sandbox, ['rpmdb', '--importdb'], { log, signal, env, input });
} // prettier-ignore
