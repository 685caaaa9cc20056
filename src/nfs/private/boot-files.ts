/**
 * What nodes read of a shared tree while they boot, as boot tests have seen it: a list for each image, since the
 * next generation will mostly read the same. Its files go into the layer that nodes fetch in one piece
 * (layer.ts): a thousand nodes do not open each of them on the NFS server then.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, parentOf } from '../../image/tree-files.ts';
import { writeDurably } from '../../system/durable.ts';
import { lock } from '../../system/lock.ts';
import { checkName } from '../../system/names.ts';
import type { Paths } from '../../system/paths.ts';
import type { Listed } from '../kinds/transfer.ts';

type Tree = ReadonlyMap<string, Pick<Listed, 'type' | 'bytes'>>;

/** As little worth a backup as the records of what is published. */
const fileOf = (paths: Paths, image: string) => join(paths.bootFiles, checkName('Image', image));

/** Milliseconds to wait for another test of the same image. */
const WAIT = 60_000;

/** Paths as `listTree` has them; none if no test has seen the image boot. */
export async function bootFiles(paths: Paths, image: string): Promise<string[]> {
  const text = await readFile(fileOf(paths, image), 'latin1').catch(() => '');
  return text.split('\0').filter((path) => path !== '');
}

/** Adds to the list. What the tree has no more leaves it. Returns how many are new. */
export async function noteBootFiles(
  paths: Paths,
  image: string,
  tree: Tree,
  found: readonly string[],
): Promise<number> {
  using _ = await lock(paths.locks, `boot-files-${image}`, `noting what ${image} reads`, { wait: WAIT });
  const before = new Set((await bootFiles(paths, image)).filter((path) => tree.has(path)));
  const all = new Set([...before, ...found.filter((path) => tree.has(path))]);
  const list = [...all].toSorted().map((path) => `${path}\0`);
  await writeDurably(fileOf(paths, image), bytes(list.join('')));
  return all.size - before.size;
}

/** Removes the lists of all other images. */
export async function forgetBootFiles(paths: Paths, images: readonly string[]): Promise<void> {
  for (const name of await readdir(paths.bootFiles).catch(() => [] as string[]))
    if (!images.includes(name)) await rm(join(paths.bootFiles, name), { force: true });
}

/** What goes into the layer besides what is private. */
export interface Preload {
  paths: string[];
  /** Directories of which all is in it. */
  whole: string[];
}

/**
 * Those to put into the layer. Small ones first: they save the most requests for each byte.
 * @param limit bytes, unpacked
 */
export function chooseBootFiles(tree: Tree, files: readonly string[], limit: number): Preload {
  if (limit === 0) return { paths: [], whole: [] };
  const there = files.flatMap((path) => {
    const one = tree.get(path);
    return one && (one.type === 'f' || one.type === 'l') ? [{ path, bytes: one.bytes }] : [];
  });
  let sum = 0;
  const paths = there
    .toSorted((a, b) => a.bytes - b.bytes)
    .filter((one) => (sum += one.bytes) <= limit)
    .map(({ path }) => path);
  return withDirectories(tree, paths);
}

/** Bytes that a directory may have besides. */
const SPARE = 64 << 10;

/**
 * Directories of which boots read half, or nearly all, are taken whole: the server is not asked for their names
 * then, nor for those that they do not have, which is what most look-ups are for.
 */
function withDirectories(tree: Tree, paths: readonly string[]): Preload {
  const chosen = new Set(paths);
  const sums = new Map<string, { all: number; read: number }>();
  for (const [path, { bytes: size }] of tree)
    for (let at = path; at !== '';) {
      at = parentOf(at);
      const sum = sums.get(at) ?? { all: 0, read: 0 };
      sums.set(at, { all: sum.all + size, read: sum.read + (chosen.has(path) ? size : 0) });
    }
  const whole: string[] = [];
  const inside = new Set<string>();
  for (const [path, { type }] of tree) {
    if (path === '') continue;
    const { all = 0, read = 0 } = sums.get(path) ?? {};
    if (inside.has(parentOf(path))) chosen.add(path);
    else if (type === 'd' && read > 0 && all <= 2 * read + SPARE) whole.push(path);
    else continue;
    inside.add(path);
  }
  return { paths: [...chosen], whole };
}
