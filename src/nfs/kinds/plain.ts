/** Kinds whose `data` has a whole tree, `root`. */
import { link, lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { under } from '../../image/tree-files.ts';
import { run } from '../../system/process.ts';
import { workDirectory } from '../../system/workdir.ts';
import { EXPORTED } from '../attach.ts';
import { removeTree } from '../remove-tree.ts';
import { inStore } from '../work.ts';
import type { KindContext, NodeChanges, TreeKind } from './kind.ts';
import { listTree, transfer, type Listed } from './transfer.ts';

export const bindEntry: TreeKind['entry'] = (data, _base, at) => ({
  source: join(data, 'root'),
  target: at,
  type: 'none',
  options: `bind,${EXPORTED}`,
});

/** Tells whether nothing of a path in `data` was touched since the tree was made. `was`: the same path in the base. */
export type Untouched = (now: Listed, was: Listed) => boolean;

/** What a tree differs in from its base. Renamed and touched things are in it as a whole, content is not compared. */
export interface Difference {
  /** What is there now. */
  now: ReadonlyMap<string, Listed>;
  touched: string[];
  /** Of removed directories their top only. */
  removed: string[];
}

/** @param was what the base has: `listTree` */
export async function difference(
  root: string,
  was: ReadonlyMap<string, Listed>,
  untouched: Untouched,
  signal?: AbortSignal,
): Promise<Difference> {
  const now = await listTree(root, signal);
  const touched: string[] = [];
  for (const [path, one] of now) {
    const before = was.get(path);
    if (before?.type !== one.type || !untouched(one, before)) touched.push(path);
  }
  const removed = [...was.keys()].filter((path) => !now.has(path) && now.get(parentOf(path))?.type === 'd');
  return { now, touched, removed };
}

/** The difference as an upper directory. */
export async function upperOf(
  root: string,
  found: Difference,
  { installation, signal }: KindContext,
): Promise<NodeChanges> {
  await using stack = new AsyncDisposableStack();
  const { path: work } = stack.use(await workDirectory(inStore(installation.paths), 'changes'));
  const [upper, transferred] = [join(work, 'upper'), join(work, 'tar')];
  for (const directory of [upper, transferred]) await mkdir(directory, { mode: 0o700 });
  const wanted = new Set(['']);
  for (const path of [...found.touched, ...found.removed.map(parentOf)])
    for (let one = path; !wanted.has(one); one = parentOf(one)) wanted.add(one);
  await whiteouts(work, upper, found.removed);
  // In the order of the list: directories first, so that what is in them finds them.
  const paths = [...found.now.keys()].filter((path) => wanted.has(path));
  await transfer(root, upper, paths, transferred, signal);
  await removeTree(transferred);
  const kept = stack.move();
  return { upper, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Names of one device, as overlayfs makes them itself. Before the rest: making them changes the times of directories. */
async function whiteouts(work: string, upper: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const one = join(work, 'whiteout');
  await run(['mknod', one, 'c', '0', '0']);
  for (const path of paths) {
    await mkdir(under(upper, parentOf(path)), { recursive: true });
    await link(one, under(upper, path));
  }
  await removeTree(one);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Bytes on the disk of what was touched; a file with several names once. */
export function bytesOf({ now, touched }: Difference): number {
  const files = new Map<string, number>();
  for (const path of touched) {
    const one = now.get(path);
    if (one && one.type !== 'd') files.set(one.inode, one.bytes);
  }
  return [...files.values()].reduce((sum, size) => sum + size, 0);
}

/** `from` and `to`: files made before and after a copy was. Nothing in it has changed since if it changed between the two. */
export async function copiedBetween(data: string): Promise<Untouched> {
  const time = async (name: string) => (await lstat(join(data, name), { bigint: true })).ctimeNs;
  const [from, to] = [await time('from'), await time('to')];
  return ({ changed }) => {
    const at = nanoseconds(changed);
    return at >= from && at < to;
  };
}

/** `1790000000.1234567890` */
function nanoseconds(text: string): bigint {
  const [seconds = '0', rest = ''] = text.split('.');
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest.padEnd(9, '0').slice(0, 9));
}
