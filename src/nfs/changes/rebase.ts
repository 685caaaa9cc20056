/** Changes of a node, made over one tree, brought onto another: what both changed is told, and the node's stays. */
import type { Stats } from 'node:fs';
import { lstat, rm, rmdir } from 'node:fs/promises';
import { attributeNames } from '../../build/attribute-names.ts';
import { differences, type FileChange } from '../../image/compare-trees.ts';
import { bytes, under } from '../../image/tree-files.ts';
import { differingXattrs } from '../../image/xattrs.ts';
import { walk } from '../../mounts/prune.ts';
import { run } from '../../system/process.ts';
import { likeDirectories } from './attributes.ts';

/** What differs from the tree of before to that of after, by path (bytes as latin1; '' is the root). */
export type Golden = ReadonlyMap<string, Pick<FileChange, 'change' | 'aspects'>>;

export interface Trees {
  /** Roots of trees that never change. */
  from: string;
  to: string;
  golden: Golden;
}

/** A path of the upper directory, with what the two trees have there. */
interface Entry {
  path: string;
  info: Stats;
  whiteout: boolean;
  old?: Stats;
  now?: Stats;
}

/**
 * Changes `upper`, in which nobody writes, so that over the tree `to` the node has its own changes and all else of
 * `to`: whiteouts of what is not there any more go, files that were only touched give way to new ones, and
 * directories that the node left alone look as `to` has them.
 * @returns paths that both changed, in their order
 */
export async function rebase(upper: string, trees: Trees, signal?: AbortSignal): Promise<string[]> {
  if (trees.golden.size === 0) return [];
  return await new Rebasing(upper, trees, signal).run();
}

class Rebasing {
  readonly #upper: string;
  readonly #trees: Trees;
  readonly #signal: AbortSignal | undefined;
  /** Directories with something that changed below. */
  readonly #above = new Set<string>();
  /** Numbers of entries that are left, by directory. */
  readonly #left = new Map<string, number>();
  readonly #conflicts: string[] = [];
  /** Directories that the node made anew in the place of something else. */
  readonly #replaced = new Set<string>();
  /** The node's version has other extended attributes than the tree of before; or of after. */
  #ownAttributes: ReadonlySet<string> = new Set();
  #newAttributes: ReadonlySet<string> = new Set();

  constructor(upper: string, trees: Trees, signal?: AbortSignal) {
    this.#upper = upper;
    this.#trees = trees;
    this.#signal = signal;
    for (const path of trees.golden.keys())
      for (let at = parent(path); at !== undefined && !this.#above.has(at); at = parent(at))
        this.#above.add(at);
  }

  async run(): Promise<string[]> {
    const { from, to } = this.#trees;
    const entries = await this.#entries();
    const touched = entries.filter(({ path, whiteout, info }) => !whiteout && !info.isSymbolicLink() && this.#trees.golden.has(path)); // prettier-ignore
    const pairs = (side: 'old' | 'now') => touched.filter((one) => one[side]).map((one) => one.path);
    const tree = (merged: string) => ({ merged, namespace: { run } });
    this.#ownAttributes = await differingXattrs(tree(from), tree(this.#upper), pairs('old'), this.#signal);
    this.#newAttributes = await differingXattrs(tree(to), tree(this.#upper), pairs('now'), this.#signal);
    const interesting = entries.some(
      ({ path, info }) => path !== '' && info.isDirectory() && this.#concerns(path),
    );
    const opaque = interesting
      ? await attributeNames(this.#upper, '^trusted\\.overlay\\.opaque$', this.#signal)
      : new Map<string, string[]>();
    // What stood there before is hidden, and so is what the new tree has: nothing in it may give way to that.
    for (const { path } of entries.filter((one) => opaque.has(one.path)))
      if (await at(from, path)) this.#replaced.add(path);
    for (const { path } of entries) if (path !== '') this.#count(parent(path) ?? '', 1);
    const known = new Set(entries.map(({ path }) => path));
    // From the leaves: what is left of a directory is known when it comes.
    for (const one of entries.toSorted((a, b) => (a.path < b.path ? 1 : -1)))
      if (one.whiteout) await this.#whiteout(one);
      else if (one.info.isDirectory()) await this.#directory(one, opaque.has(one.path), known);
      else await this.#file(one);
    return this.#conflicts.toSorted();
  }

  async #entries(): Promise<Entry[]> {
    const { from, to, golden } = this.#trees;
    const entries: Entry[] = [];
    const add = async (path: string, info: Stats) => {
      const whiteout = info.isCharacterDevice() && info.rdev === 0;
      const asked = whiteout || this.#concerns(path) || (info.isDirectory() && golden.has(path));
      entries.push({
        path,
        info,
        whiteout,
        ...(asked && { old: await at(from, path), now: await at(to, path) }),
      });
    };
    await add('', await lstat(this.#upper));
    for await (const { path, enter } of walk(this.#upper, this.#signal)) {
      const info = await lstat(under(this.#upper, path));
      await add(path, info);
      if (info.isDirectory()) enter();
    }
    return entries;
  }

  /** Whether the new tree has something else there, or below. */
  #concerns(path: string): boolean {
    return this.#trees.golden.has(path) || this.#above.has(path);
  }

  /** The node removed it. */
  async #whiteout({ path, old, now }: Entry): Promise<void> {
    if (!now || !old) await this.#drop(path);
    else if (this.#concerns(path)) this.#conflicts.push(path);
  }

  async #file({ path, info, old, now }: Entry): Promise<void> {
    if (!this.#trees.golden.has(path)) {
      // In the place of a directory in which something is new.
      if (this.#above.has(path)) this.#conflicts.push(path);
      return;
    }
    const same = async (tree: string, other: Stats | undefined, attributes: ReadonlySet<string>) =>
      other !== undefined &&
      !attributes.has(path) &&
      (await differences(under(tree, path), under(this.#upper, path), other, info)).length === 0;
    if (await same(this.#trees.to, now, this.#newAttributes)) return;
    // Opened for writing and left as it was.
    const touched = !this.#hidden(path) && (await same(this.#trees.from, old, this.#ownAttributes));
    if (touched) await this.#drop(path);
    else this.#conflicts.push(path);
  }

  async #directory(
    { path, info, old, now }: Entry,
    opaque: boolean,
    known: ReadonlySet<string>,
  ): Promise<void> {
    if (!this.#concerns(path) || this.#hidden(path)) return;
    if (opaque && !old) {
      // New for the node, so that it hides nothing that the node has seen: both show.
      const input = bytes(`.${path}\0`);
      const argv = ['xargs', '--null', 'setfattr', '--remove=trusted.overlay.opaque', '--'];
      await run(argv, { cwd: this.#upper, input, signal: this.#signal });
      if (now && !now.isDirectory()) this.#conflicts.push(path);
      return;
    }
    if (opaque && old?.isDirectory() && now?.isDirectory()) {
      // What is in it by the same name was looked at; the rest is removed by the node.
      const below = [...this.#trees.golden.keys()].filter(
        (one) => one.startsWith(`${path}/`) && !known.has(one),
      );
      const tops = below.filter((one) => !below.includes(parent(one) ?? ''));
      return void this.#conflicts.push(...tops);
    }
    if (opaque || (old && !old.isDirectory())) return void this.#conflicts.push(path);
    const own = !old || this.#ownAttributes.has(path) || unlike(old, info);
    if (now?.isDirectory()) {
      if (!this.#trees.golden.has(path) || !unlikeOr(now, info, this.#newAttributes.has(path))) return;
      if (own) this.#conflicts.push(path);
      else await likeDirectories(this.#trees.to, this.#upper, [path], this.#signal);
    } else if (own || (this.#left.get(path) ?? 0) > 0) this.#conflicts.push(path);
    else {
      await rmdir(under(this.#upper, path));
      this.#count(parent(path) ?? '', -1);
    }
  }

  /** Whether it lies in a directory that hides what the trees have there. */
  #hidden(path: string): boolean {
    for (let one = parent(path); one !== undefined; one = parent(one))
      if (this.#replaced.has(one)) return true;
    return false;
  }

  async #drop(path: string): Promise<void> {
    await rm(under(this.#upper, path));
    this.#count(parent(path) ?? '', -1);
  }

  #count(directory: string, by: number): void {
    this.#left.set(directory, (this.#left.get(directory) ?? 0) + by);
  }
}

const unlike = (a: Stats, b: Stats) => a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid;
const unlikeOr = (a: Stats, b: Stats, attributes: boolean) => attributes || unlike(a, b);

function parent(path: string): string | undefined {
  return path === '' ? undefined : path.slice(0, path.lastIndexOf('/'));
}

/** What a tree has at `path`, where everything on the way is a directory. */
async function at(root: string, path: string): Promise<Stats | undefined> {
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1))
    if (!(await stat(under(root, path.slice(0, end))))?.isDirectory()) return undefined;
  return await stat(under(root, path));
}

async function stat(path: Buffer): Promise<Stats | undefined> {
  return await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
