/**
 * What nodes read of a shared tree while they boot, as boot tests have seen it: a list for each image, since the
 * next generation will mostly read the same. Its files go into the layer that nodes fetch in one piece
 * (layer.ts): a thousand nodes do not open each of them on the NFS server then.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes } from '../../image/tree-files.ts';
import { writeDurably } from '../../system/durable.ts';
import { checkName } from '../../system/names.ts';
import type { Paths } from '../../system/paths.ts';
import type { Listed } from '../kinds/transfer.ts';

type Tree = ReadonlyMap<string, Pick<Listed, 'type' | 'bytes'>>;

/** Beside the records of what is published, and as little worth a backup. */
const fileOf = (paths: Paths, image: string) =>
  join(paths.published, `${checkName('Image', image)}.boot-files`);

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
  const before = new Set((await bootFiles(paths, image)).filter((path) => tree.has(path)));
  const all = new Set([...before, ...found.filter((path) => tree.has(path))]);
  const list = [...all].toSorted().map((path) => `${path}\0`);
  await writeDurably(fileOf(paths, image), bytes(list.join('')));
  return all.size - before.size;
}

/** Those to put into the layer. Small ones first: they save the most requests for each byte. @param limit bytes, unpacked */
export function chooseBootFiles(tree: Tree, files: readonly string[], limit: number): string[] {
  if (limit === 0) return [];
  const there = files.flatMap((path) => {
    const one = tree.get(path);
    return one && (one.type === 'f' || one.type === 'l') ? [{ path, bytes: one.bytes }] : [];
  });
  let sum = 0;
  return there
    .toSorted((a, b) => a.bytes - b.bytes)
    .filter((one) => (sum += one.bytes) <= limit)
    .map(({ path }) => path);
}
