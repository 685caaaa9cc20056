/**
 * What a node changed, as it is now, where nobody writes any more. A node may write while we look: it could put a
 * link in the place of a directory between one look and the next. So the one thing that is done with its own upper
 * directory is to copy it, confined; everything else is done with the copy.
 */
import { mkdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { dropHostAttributes } from '../../build/upper.ts';
import { runConfined } from '../../system/confined.ts';
import type { Installation } from '../../system/config.ts';
import { workDirectory } from '../../system/workdir.ts';
import { kinds } from '../kinds/index.ts';
import type { NodeTree } from '../records.ts';
import { removeTree } from '../remove-tree.ts';
import { nodeData, treeRoot } from '../store.ts';
import { inStore } from '../work.ts';
import { addAliases } from './aliases.ts';

export interface FreezeContext {
  installation: Installation;
  signal?: AbortSignal;
}

/** An upper directory that is ours alone, with nothing of overlayfs but whiteouts and opaque directories. */
export interface Frozen extends AsyncDisposable {
  upper: string;
  /** Directory beside it for whatever else is made, on the same file system. */
  work: string;
}

/** To write another's files with all that they have: owners, modes, devices, capabilities, trusted attributes. */
const COPYING = [
  'CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_DAC_READ_SEARCH', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_MKNOD', 'CAP_SETFCAP', 'CAP_SYS_ADMIN',
]; // prettier-ignore

/** What cp(1) says of a file that was removed or replaced while it came by. */
const MOVING = /: (No such file or directory|Stale file handle|Not a directory)$|^cp: skipping file .*replaced while/; // prettier-ignore

/** The changes of a node against the tree that it stands on. Removed when disposed. */
export async function freeze({ installation, signal }: FreezeContext, tree: NodeTree): Promise<Frozen> {
  const { paths } = installation;
  const [data, base] = [nodeData(paths, tree), treeRoot(paths, tree.base)];
  await using stack = new AsyncDisposableStack();
  const { path: work } = stack.use(await workDirectory(inStore(paths), 'changes'));
  const changes = stack.use(await kinds[tree.kind].changes(data, base, { installation, signal }));
  let { upper } = changes;
  if (isBelow(upper, data)) {
    // In one go: files that the index of the overlay names, too, stay the same files.
    const index = tree.kind === 'overlay' ? [join(data, 'work/index')] : [];
    const copied = join(work, 'changes');
    await mkdir(copied, { mode: 0o700 });
    await copyLive(data, [upper, ...index], copied, signal);
    upper = join(copied, 'upper');
    if (index.length > 0) await addAliases(upper, join(copied, 'index'), base, signal);
    await removeTree(join(copied, 'index'));
    await dropHostAttributes(upper, signal);
  }
  const kept = stack.move();
  return { upper, work, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Copies directories of `top`, into which a node may be writing, to `to`. What goes meanwhile is not in it. */
async function copyLive(top: string, directories: string[], to: string, signal?: AbortSignal): Promise<void> {
  const from = directories.map((one) => join('/from', relative(top, one)));
  // One file system: a link to somewhere else that slipped in leads to nothing that would be copied.
  const how = ['--archive', '--preserve=xattr', '--one-file-system', '--reflink=auto', '--sparse=auto'];
  const options = {
    readOnlyBinds: { [top]: '/from' },
    binds: { [to]: '/to' },
    capabilities: COPYING,
    signal,
  };
  const argv = ['cp', ...how, '--', ...from, '/to'];
  const { code, stderr } = await runConfined(argv, { ...options, okCodes: [0, 1] });
  const said = stderr.split('\n').filter((line) => line !== '' && !MOVING.test(line));
  if (code === 0 || (said.length === 0 && stderr !== '')) return;
  await runConfined(argv, options);
}

const isBelow = (path: string, directory: string) => path.startsWith(directory + sep);
