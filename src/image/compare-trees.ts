/**
 * Compares two merged trees of one stack of layers each. Everything in them is
 * hostile: names are bytes, symbolic links are read and never followed, only
 * regular files are opened. Memory is bounded by the largest directory.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import type { Sandbox } from '../system/sandbox.ts';
import { sameContent, shown, under } from './tree-files.ts';
import { differingXattrs } from './xattrs.ts';

export type FileType =
  'file' | 'directory' | 'link' | 'character device' | 'block device' | 'fifo' | 'socket';
export type Aspect = 'type' | 'mode' | 'owner' | 'size' | 'content' | 'target' | 'device' | 'xattrs';

export interface FileChange {
  /** Absolute in the image. Bytes that are not UTF-8, control characters and backslashes are written `\xHH`. */
  path: string;
  change: 'added' | 'removed' | 'changed';
  /** What it is now, or was if it was removed. */
  type: FileType;
  /** In what it differs; with `changed` only. */
  aspects?: Aspect[];
}

export interface Side {
  tree: Sandbox;
  /** Mounted layers that the other side does not have: where none of them has a path, both sides have the same there. */
  own: string[];
}

/** A path that exists on both sides and is to be judged once its extended attributes are known. */
interface Pending {
  change: FileChange;
  /** Bytes of the path as latin1. */
  path: string;
}

/** Paths whose extended attributes are compared at once. */
const BATCH = 2000;

/** Changes from `a` to `b` in order of their paths, directory by directory. Modification times do not count. */
export async function* compareTrees(a: Side, b: Side, signal?: AbortSignal): AsyncGenerator<FileChange> {
  let batch: Pending[] = [];
  const flush = async () => {
    const same = batch.filter((p) => hasXattrs(p.change)).map((p) => p.path);
    const differing = await differingXattrs(a.tree, b.tree, same, signal);
    const done = batch;
    batch = [];
    for (const { change, path } of done) if (differing.has(path)) change.aspects?.push('xattrs');
    return done.map((p) => p.change).filter((c) => c.change !== 'changed' || (c.aspects?.length ?? 0) > 0);
  };
  for await (const pending of walk(a, b, signal)) {
    batch.push(pending);
    if (batch.length >= BATCH) yield* await flush();
  }
  yield* await flush();
}

/** Whether both sides are of one type that has attributes of its own. */
function hasXattrs({ change, type, aspects }: FileChange): boolean {
  return change === 'changed' && type !== 'link' && !aspects?.includes('type');
}

async function* walk(a: Side, b: Side, signal?: AbortSignal): AsyncGenerator<Pending> {
  yield {
    path: '',
    change: { path: '/', change: 'changed', type: 'directory', aspects: await rootAspects(a, b) },
  };
  // A stack of directories still to read, not recursion: depth is the image's to choose.
  const todo: { path: string; sides: 'both' | 'a' | 'b' }[] = [{ path: '', sides: 'both' }];
  for (let here = todo.pop(); here; here = todo.pop()) {
    signal?.throwIfAborted();
    const { path: directory, sides } = here;
    const old = sides === 'b' ? new Set<string>() : new Set(await names(a, directory));
    const now = sides === 'a' ? new Set<string>() : new Set(await names(b, directory));
    const below: typeof todo = [];
    for (const name of [...new Set([...old, ...now])].toSorted()) {
      const path = `${directory}/${name}`;
      const [was, is] = [
        old.has(name) ? await statIfThere(a, path) : undefined,
        now.has(name) ? await statIfThere(b, path) : undefined,
      ];
      if (was && is) {
        if (await untouched(a, b, path)) continue;
        yield {
          path,
          change: {
            path: shown(path),
            change: 'changed',
            type: typeOf(is),
            aspects: await aspectsOf(a, b, path, was, is),
          },
        };
        if (was.isDirectory() || is.isDirectory())
          below.push({
            path,
            sides: was.isDirectory() && is.isDirectory() ? 'both' : was.isDirectory() ? 'a' : 'b',
          });
      } else {
        const one = was ?? is;
        if (!one) continue;
        yield { path, change: { path: shown(path), change: was ? 'removed' : 'added', type: typeOf(one) } };
        if (one.isDirectory()) below.push({ path, sides: was ? 'a' : 'b' });
      }
    }
    todo.push(...below.toReversed());
  }
}

async function rootAspects(a: Side, b: Side): Promise<Aspect[]> {
  return await aspectsOf(a, b, '', await stat(a, ''), await stat(b, ''));
}

/** Whether no layer of one side only has this path: then both see the same, with all below. */
async function untouched(a: Side, b: Side, path: string): Promise<boolean> {
  for (const layer of [...a.own, ...b.own])
    if (await lstat(under(layer, path)).catch(() => undefined)) return false;
  return true;
}

async function aspectsOf(a: Side, b: Side, path: string, was: Stats, is: Stats): Promise<Aspect[]> {
  return await differences(hostPath(a, path), hostPath(b, path), was, is);
}

/** In what two paths of two trees differ, but for extended attributes. Nothing on the way to them is a link. */
export async function differences(old: Buffer, now: Buffer, was: Stats, is: Stats): Promise<Aspect[]> {
  const type = typeOf(is);
  if (typeOf(was) !== type) return ['type'];
  const aspects: Aspect[] = [];
  if ((was.mode & 0o7777) !== (is.mode & 0o7777) && type !== 'link') aspects.push('mode');
  if (was.uid !== is.uid || was.gid !== is.gid) aspects.push('owner');
  if (type.endsWith('device') && was.rdev !== is.rdev) aspects.push('device');
  if (type === 'link' && !(await target(old)).equals(await target(now))) aspects.push('target');
  if (type === 'file') {
    if (was.size !== is.size) aspects.push('size');
    else if (!(await sameContent(old, now))) aspects.push('content');
  }
  return aspects;
}

async function names(side: Side, path: string): Promise<string[]> {
  const found = await readdir(hostPath(side, path), { encoding: 'buffer' });
  return found.map((name) => name.toString('latin1'));
}

async function stat(side: Side, path: string): Promise<Stats> {
  return await lstat(hostPath(side, path));
}

/** Overlayfs lists a whiteout that hides nothing, in a directory that only one layer has, and then does not find it. */
async function statIfThere(side: Side, path: string): Promise<Stats | undefined> {
  return await stat(side, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function target(path: Buffer): Promise<Buffer> {
  return await readlink(path, { encoding: 'buffer' });
}

function hostPath(side: Side, path: string): Buffer {
  return under(side.tree.root, path);
}

function typeOf(stats: Stats): FileType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isCharacterDevice()) return 'character device';
  if (stats.isBlockDevice()) return 'block device';
  return stats.isFIFO() ? 'fifo' : 'socket';
}
