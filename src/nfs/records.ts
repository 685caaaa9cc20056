/** Records of trees: written whole, before what they name is used. Whether something is mounted or exported is asked of the kernel, never of them. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../image/types.ts';
import { writeDurably } from '../system/durable.ts';
import { NAME } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { imageDirectory, namesIn, nodeDirectory, treeDirectory } from './store.ts';

const digest = z.custom<Digest>((v) => typeof v === 'string' && /^sha256:[0-9a-f]{64}$/.test(v));
const name = z.string().regex(NAME);

const TreeForm = z.strictObject({
  /** Generation that it was made of: name, number, digest. A clone with the same digest shares it. */
  image: name,
  generation: z.int().min(1),
  digest,
  /** ISO time. */
  created: z.string().max(40),
  /** Of its files, bytes. */
  bytes: z.int().min(0),
});
/** The tree of a generation. */
export type TreeRecord = z.output<typeof TreeForm>;

export const KINDS = ['btrfs', 'overlay', 'reflink', 'copy'] as const;
export type KindName = (typeof KINDS)[number];

const NodeForm = z.strictObject({
  image: name,
  node: name,
  /** Generation of `image` that it stands on. */
  generation: z.int().min(1),
  base: digest,
  kind: z.enum(KINDS),
  /** Subdirectory with what the kind keeps. Another one takes its place by replacing this record. */
  data: z.string().regex(/^data-[0-9a-f]{8}$/),
  created: z.string().max(40),
  /** When it got its base. */
  refreshed: z.string().max(40),
  /** Address that it is exported to; nothing: the registry's, or none until it boots. */
  client: z.ipv4().optional(),
});
/** The tree of a node. */
export type NodeTree = z.output<typeof NodeForm>;

const text = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
/** As it stands in `node.json`. */
export const nodeTreeText = (tree: NodeTree): string => text(tree);

async function read<T>(file: string, form: z.ZodType<T>): Promise<T | undefined> {
  try {
    return form.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export async function readTree(paths: Paths, of: Digest): Promise<TreeRecord | undefined> {
  const found = await read(join(treeDirectory(paths, of), 'tree.json'), TreeForm);
  return found?.digest === of ? found : undefined;
}

/** `directory` is where the tree is made: it gets its name by a rename afterwards. */
export async function writeTree(directory: string, record: TreeRecord): Promise<void> {
  await writeDurably(join(directory, 'tree.json'), text(record), 0o600);
}

/** All trees of generations. */
export async function listTrees(paths: Paths): Promise<TreeRecord[]> {
  const names = await readdir(join(paths.nfs, 'trees')).catch(() => [] as string[]);
  const found = await Promise.all(
    names
      .filter((one) => /^[0-9a-f]{64}$/.test(one))
      .toSorted()
      .map(async (one) => await readTree(paths, `sha256:${one}`)),
  );
  return found.filter((one) => one !== undefined);
}

export async function readNodeTree(paths: Paths, image: string, node: string): Promise<NodeTree | undefined> {
  const found = await read(join(nodeDirectory(paths, image, node), 'node.json'), NodeForm);
  return found?.image === image && found.node === node ? found : undefined;
}

export async function writeNodeTree(paths: Paths, record: NodeTree): Promise<void> {
  await writeDurably(join(nodeDirectory(paths, record.image, record.node), 'node.json'), text(record), 0o600);
}

/** Trees of nodes, of one image or all, in no natural order. */
export async function listNodeTrees(paths: Paths, image?: string): Promise<NodeTree[]> {
  const all: NodeTree[] = [];
  for (const [one, node] of await nodeNames(paths, image)) {
    const found = await readNodeTree(paths, one, node);
    if (found) all.push(found);
  }
  return all;
}

/** Records of nodes' trees that are there and cannot be read: of a newer version, or damaged. Paths. */
export async function unreadableRecords(paths: Paths, image?: string): Promise<string[]> {
  const all: string[] = [];
  for (const [one, node] of await nodeNames(paths, image)) {
    if (await readNodeTree(paths, one, node)) continue;
    const path = join(nodeDirectory(paths, one, node), 'node.json');
    if (await lstat(path).catch(() => undefined)) all.push(path);
  }
  return all;
}

/** Image and node of each directory. */
async function nodeNames(paths: Paths, image?: string): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for (const one of image === undefined ? await namesIn(join(paths.nfs, 'nodes')) : [image])
    for (const node of await namesIn(imageDirectory(paths, one))) all.push([one, node]);
  return all;
}
