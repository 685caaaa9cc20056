/** The archive that a tree's own apt configuration names. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { closest } from '../../system/closest.ts';
import { lock } from '../../system/lock.ts';
import { Sandbox, type InsideOptions } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type BuildContext, type Tree } from '../context.ts';
import { fail } from '../errors.ts';
import { archiveDirectories, explainUpdate, readState, type AptArchive } from './archive.ts';
import { aptIdentity } from './identity.ts';

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
export function withArchive(archive: Pick<AptArchive, 'lists' | 'packages'>): Pick<InsideOptions, 'binds'> {
  return { binds: { [archive.lists]: '/var/lib/apt/lists', [archive.packages]: '/var/cache/apt/archives' } };
}

/** The archive for a tree; opened once a build. @throws `build/no-package-manager` */
export async function archiveFor(tree: Tree, context: BuildContext, task: string): Promise<AptArchive> {
  const identity = tree.packageConfig ?? (await identify(tree, context));
  if (!identity) throw fail('no-package-manager', {});
  tree.packageConfig = identity;
  let archive = context.archives.get(identity);
  if (!archive) context.archives.set(identity, (archive = open(identity, tree, context, task)));
  return await archive;
}

async function identify(tree: Tree, context: BuildContext): Promise<string | undefined> {
  await using work = await workDirectory(context.installation.paths, 'identify');
  await using sandbox = await Sandbox.open(context.installation.paths, work.path, tree.lowers);
  return await aptIdentity(sandbox);
}

async function open(identity: string, tree: Tree, context: BuildContext, task: string): Promise<AptArchive> {
  const { paths } = context.installation;
  const id = `tree-${identity.slice(0, 16)}`;
  const { lists, packages } = await archiveDirectories(paths.cache, id);
  const inside = async (argv: string[], network: boolean, quiet: boolean) => {
    await using work = await workDirectory(paths, 'apt');
    await using sandbox = await Sandbox.open(paths, work.path, tree.lowers);
    const options = toolOptions(context, task);
    return await sandbox.inside(argv, {
      ...options,
      ...(quiet ? { sink: undefined, log: undefined } : {}),
      network,
      ...withArchive({ lists, packages }),
    });
  };
  if (!context.options.offline) {
    using _ = await lock(paths.locks, `apt-${id}`, 'update of package lists', {
      wait: 600_000,
      signal: context.options.signal,
    });
    await mkdir(join(lists, 'partial'), { recursive: true });
    await inside(['apt-get', ...APT, '--error-on=any', 'update'], true, false).catch((error: unknown) => {
      throw explainUpdate(error, 'those of the image');
    });
  }
  return {
    lists,
    packages,
    ...(await readState(lists)),
    async missing(names) {
      const plain = [...new Set(names.map((n) => n.replace(/=.*/, '')))];
      if (plain.length === 0) return [];
      const known = (await inside(['apt-cache', 'policy', ...plain], false, true)).stdout;
      const unknown = plain.filter((n) => !new RegExp(`^${RegExp.escape(n)}:$`, 'm').test(known));
      if (unknown.length === 0) return [];
      const all = (await inside(['apt-cache', 'pkgnames'], false, true)).stdout.split('\n');
      return unknown.map((name) => ({ name, near: closest(name, all) }));
    },
  };
}
