/** Changes of a node, an upper directory, put into another tree. Nobody writes in either. All in it is the node's: no link is ever followed. */
import type { Stats } from 'node:fs';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attributeNames } from '../../build/attribute-names.ts';
import { under } from '../../image/tree-files.ts';
import { run } from '../../system/process.ts';
import { workDirectory } from '../../system/workdir.ts';
import { inStore } from '../work.ts';
import type { KindContext } from './kind.ts';
import { listTree, transfer } from './transfer.ts';

/** `upper`: not there yet. Whiteouts and opaque directories stay what they are. */
export async function copyChanges(changes: string, upper: string, signal?: AbortSignal): Promise<void> {
  const keep = ['--archive', '--preserve=xattr', '--sparse=auto', '--reflink=auto', '--no-target-directory'];
  await run(['cp', ...keep, '--', changes, upper], { signal });
}

/** `root`: a whole tree. */
export async function applyChanges(
  changes: string,
  root: string,
  { installation, signal }: KindContext,
): Promise<void> {
  const opaque = await attributeNames(changes, '^trusted\\.overlay\\.opaque$', signal);
  const paths: string[] = [];
  // Parents come first: what is in the way of a directory is gone before anything below it is looked at.
  for (const path of (await listTree(changes, signal)).keys()) {
    const [own, there] = [await lstat(under(changes, path)), await lstatIfThere(root, path)];
    if (!isWhiteout(own)) paths.push(path);
    if (own.isDirectory() && there?.isDirectory()) {
      if (opaque.has(path)) await empty(root, path);
    } else if (there) await rm(under(root, path), { recursive: true });
  }
  await using work = await workDirectory(inStore(installation.paths), 'apply');
  const transferred = join(work.path, 'tar');
  await mkdir(transferred, { mode: 0o700 });
  await transfer(changes, root, paths, transferred, signal);
}

const isWhiteout = (info: Stats) => info.isCharacterDevice() && info.rdev === 0;

const lstatIfThere = async (root: string, path: string) =>
  await lstat(under(root, path)).catch(() => undefined);

async function empty(root: string, path: string): Promise<void> {
  for (const name of await readdir(under(root, path), 'latin1'))
    await rm(under(root, `${path}/${name}`), { recursive: true });
}
