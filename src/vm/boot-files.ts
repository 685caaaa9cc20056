/** Which files machines of a boot test read of the tree that they share: the server's file system notes when each was read last. */
import { noteBootFiles } from '../nfs/private/boot-files.ts';
import { EXPORTED } from '../nfs/attach.ts';
import { listTree } from '../nfs/kinds/transfer.ts';
import { exportedTree, treeRoot } from '../nfs/store.ts';
import type { Generation } from '../image/types.ts';
import type { Namespace } from '../system/namespace.ts';
import { pathsUnder, type Paths } from '../system/paths.ts';

export interface ReadWatch {
  /** Adds them to the image's list in the real installation. Returns how many are new. */
  keep(paths: Paths): Promise<number>;
}

/** From now on. @param root of the throw-away installation, whose tree nobody else reads */
export async function watchReads(
  namespace: Namespace,
  root: string,
  { name, digest }: Pick<Generation, 'name' | 'digest'>,
  signal?: AbortSignal,
): Promise<ReadWatch> {
  const site = pathsUnder(root);
  const tree = exportedTree(site, digest);
  // The NFS server alone keeps it read-only here, or no times would be noted.
  await namespace.run(['mount', '-o', `remount,bind,rw,strictatime,${EXPORTED}`, tree], { signal });
  const since = `@${Date.now() / 1000}`;
  return {
    async keep(paths) {
      const kinds = ['(', '-type', 'f', '-o', '-type', 'l', ')'];
      const argv = ['find', tree, '-xdev', ...kinds, '-newerat', since, '-printf', '/%P\\0'];
      const { stdout } = await namespace.run(argv, { signal });
      const found = Buffer.from(stdout).toString('latin1').split('\0');
      return await noteBootFiles(paths, name, await listTree(treeRoot(site, digest), signal), found);
    },
  };
}
