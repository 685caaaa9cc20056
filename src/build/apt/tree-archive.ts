/** The archive that a tree's own apt configuration names. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { closest } from '../../system/closest.ts';
import { lock } from '../../system/lock.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type WorkContext, type Tree } from '../context.ts';
import { aptManager, archiveDirectories, explainUpdate, readState, type AptArchive } from './archive.ts';
import { APT, withArchive } from './install.ts';

/** @param identity of the tree's configuration @throws SlipwayError of apt */
export async function openTreeArchive(
  identity: string,
  tree: Tree,
  context: WorkContext,
  task: string,
): Promise<AptArchive> {
  const { paths } = context.installation;
  const id = `tree-${identity.replace('apt:', '').slice(0, 16)}`;
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
  return aptManager({
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
  });
}
