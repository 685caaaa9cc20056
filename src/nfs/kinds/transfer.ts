/** Some paths of one tree put into another, with owners, modes, times, links, devices, holes, attributes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes } from '../../image/tree-files.ts';
import { confined, runConfined } from '../../system/confined.ts';
import { runBytes } from '../../system/process.ts';

/** To read whatever a node wrote. */
const READING = ['CAP_DAC_READ_SEARCH', 'CAP_DAC_OVERRIDE', 'CAP_SYS_ADMIN'];
/** To write another's files with all that they have. */
const WRITING = [...READING, 'CAP_CHOWN', 'CAP_FOWNER', 'CAP_FSETID', 'CAP_MKNOD', 'CAP_SETFCAP'];
const ALL = ['--xattrs', '--xattrs-include=*', '--xattrs-exclude=trusted.overlay.*', '--acls', '--numeric-owner']; // prettier-ignore

/**
 * @param from may be changed meanwhile: what goes is not in it
 * @param to only we write there; what is in the way is replaced, and no link in it is followed
 * @param paths `/etc/motd` and `` for the top, bytes as latin1; directories without what is in them, before it
 * @param work an empty directory on the disk of `to`
 * @param still nobody changes `from`: what cannot be read is an error
 */
export async function transfer(
  from: string,
  to: string,
  paths: readonly string[],
  work: string,
  signal?: AbortSignal,
  still = false,
): Promise<void> {
  await writeFile(join(work, 'list'), bytes(paths.map((path) => `.${path || '/.'}\0`).join('')));
  const create = ['tar', '--create', '--file=/work/tar', '--directory=/from', '--format=pax', '--sparse'];
  const gone = still ? [] : ['--ignore-failed-read'];
  const named = ['--no-recursion', ...gone, '--null', '--files-from=/work/list'];
  const extract = ['tar', '--extract', '--file=/work/tar', '--directory=/to', '--same-owner', '--same-permissions', '--delay-directory-restore']; // prettier-ignore
  const binds = { [work]: '/work' };
  // 1: something changed while it was read.
  const reading = {
    readOnlyBinds: { [from]: '/from' },
    binds,
    capabilities: READING,
    okCodes: still ? [0] : [0, 1],
  };
  await runConfined([...create, ...ALL, ...named], { ...reading, signal });
  const writing = { binds: { [to]: '/to', ...binds }, capabilities: WRITING };
  await runConfined([...extract, ...ALL], { ...writing, signal });
}

export interface Listed {
  /** As find(1) says it: f, d, l, c, … */
  type: string;
  /** Permissions, with set-uid and the like. */
  mode: number;
  /** Time of the last change of anything about it, seconds with all digits that there are. */
  changed: string;
  inode: string;
  /** Bytes on the disk. */
  bytes: number;
}

/** All paths of a tree, parents first, in the form that {@link transfer} takes. What goes meanwhile is not in it. */
export async function listTree(root: string, signal?: AbortSignal): Promise<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  const argv = ['find', '/from', '-xdev', '-printf', '%y %m %C@ %i %b /%P\\0'];
  const inside = confined(argv, { readOnlyBinds: { [root]: '/from' }, capabilities: READING });
  const list = await runBytes(inside, { okCodes: [0, 1], signal });
  for (const line of list.toString('latin1').split('\0')) {
    const [type = '', mode = '', changed = '', inode = '', blocks = ''] = line.split(' ', 5);
    const path = line.slice([type, mode, changed, inode, blocks].join(' ').length + 1);
    const one = { type, mode: Number.parseInt(mode, 8), changed, inode, bytes: Number(blocks) * 512 };
    if (path !== '') found.set(path === '/' ? '' : path, one);
  }
  return found;
}
