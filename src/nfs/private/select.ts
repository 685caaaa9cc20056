/**
 * What of a tree others may not have: a node that is nobody on the NFS server cannot use it there. Overlayfs asks
 * the server as whoever mounted it, so this holds for all users of the node, and for running as for reading.
 */
import { parentOf } from '../../image/tree-files.ts';
import type { Listed } from '../kinds/transfer.ts';
import type { Preload } from './boot-files.ts';

export interface Selected {
  /** Paths of the layer, directories before what is in them: what is private, and the directories on the way. */
  paths: string[];
  /** Uppermost directories that are in it with all that they have. */
  whole: string[];
  /** How much is private besides directories, and what that takes up on the disk, by the directory it is in or of. */
  files: number;
  bytes: number;
  places: ReadonlyMap<string, number>;
}

/**
 * @param tree as `listTree` says it: parents first, bytes as latin1, '' is the top
 * @param unseen paths of it with something that NFS does not carry
 * @param preload what the layer is to have besides
 */
export function selectPrivate(
  tree: ReadonlyMap<string, Pick<Listed, 'type' | 'mode' | 'bytes' | 'inode'>>,
  unseen: ReadonlySet<string> = new Set(),
  preload: Preload = { paths: [], whole: [] },
): Selected {
  const within = new Map<string, string>();
  const wanted = new Set(['']);
  const places = new Map<string, number>();
  const inodes = new Set<string>();
  const whole: string[] = [];
  const want = (path: string) => {
    for (let at = path; !wanted.has(at); at = parentOf(at)) wanted.add(at);
  };
  for (const path of [...preload.paths, ...preload.whole]) want(path);
  let [files, bytes] = [0, 0];
  for (const [path, one] of tree) {
    const above = path === '' ? undefined : parentOf(path);
    const top = above === undefined ? undefined : within.get(above);
    const open = mayAll(one);
    if (top === undefined && open && !unseen.has(path)) continue;
    want(path);
    // What NFS does not carry of a directory is its own, not that of what is in it.
    if (top === undefined && open && one.type === 'd') continue;
    const place = top ?? (one.type === 'd' ? path : (above ?? ''));
    if (one.type === 'd') {
      within.set(path, place);
      if (top === undefined) whole.push(path);
    } else files++;
    // A file with several names once.
    if (one.type !== 'd' && inodes.has(one.inode)) continue;
    inodes.add(one.inode);
    bytes += one.bytes;
    places.set(place, (places.get(place) ?? 0) + one.bytes);
  }
  const opaque = [...new Set([...whole, ...preload.whole])];
  return { paths: [...tree.keys()].filter((path) => wanted.has(path)), whole: opaque, files, bytes, places };
}

/** Whether others may do what somebody may: read, run, of directories list and enter; write only where that is not into the node's memory. */
function mayAll({ type, mode }: Pick<Listed, 'type' | 'mode'>): boolean {
  if (type === 'l') return true;
  if (type === 'd') return (mode & 0o5) === 0o5;
  const somebody = (mode | (mode >> 3) | (mode >> 6)) & (type === 'f' ? 0o1 : 0o2);
  return (mode & (0o4 | somebody)) === (0o4 | somebody);
}
