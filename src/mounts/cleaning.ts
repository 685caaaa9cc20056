/** What a layer of changes does not take along: the same as what builds remove from trees. */
import { join, relative } from 'node:path';
import { lstat } from 'node:fs/promises';
import { DATABASES } from '../build/dnf/releases.ts';
import { cleanList } from '../build/clean.ts';
import { isLoop } from '../system/in-root.ts';
import type { Sandbox } from '../system/sandbox.ts';
import type { Change } from './changes.ts';

/**
 * Says of a change whether it is left out, so that the image stays there as it was. What was removed
 * stays removed: somebody wanted the room.
 */
export async function cleaning(tree: Sandbox): Promise<(change: Change) => boolean> {
  const emptied: string[] = ['/root/.ansible/tmp'];
  const removed: { directory: string; name: RegExp }[] = [];
  const real = async (path: string, follow = true) => await realPath(tree, path, follow);
  for (const part of cleanList()) {
    for (const path of part.emptied) emptied.push(await real(path));
    for (const pattern of part.removed) {
      const at = pattern.lastIndexOf('/');
      const words = pattern.slice(at + 1).split('*').map((word) => RegExp.escape(word)); // prettier-ignore
      removed.push({
        directory: await real(pattern.slice(0, at)),
        name: new RegExp(`^${words.join('[^/]*')}(/|$)`),
      });
    }
  }
  const rpm = new Set<string>();
  for (const database of DATABASES)
    for (const name of ['rpmdb.sqlite-wal', 'rpmdb.sqlite-shm', '.rpm.lock']) {
      const path = `${database}/${name}`;
      // A log with entries is part of the database.
      const size =
        (await lstat(await tree.path(path, false).catch(() => '')).catch(() => undefined))?.size ?? 0;
      if (!name.endsWith('-wal') || size === 0) rpm.add(await real(path, false));
    }
  const [logs, machine] = [await real('/var/log'), await real('/etc/machine-id', false)];
  return ({ path, change, type }) =>
    change !== 'removed' &&
    (path === machine ||
      rpm.has(path) ||
      (type !== 'directory' && path.startsWith(`${logs}/`)) ||
      emptied.some((top) => path.startsWith(`${top}/`)) ||
      removed.some(({ directory, name }) => {
        const top = join(directory, '/');
        return path.startsWith(top) && name.test(path.slice(top.length));
      }));
}

/** Where a path of the tree leads to in it, bytes as latin1. One that leads in circles leads nowhere: it stays as it is. */
export async function realPath(tree: Sandbox, path: string, follow: boolean): Promise<string> {
  const real = await tree.path(path, follow).catch((error: unknown) => {
    if (!isLoop(error)) throw error;
    return join(tree.root, path);
  });
  return Buffer.from(`/${relative(tree.root, real)}`).toString('latin1');
}
