/** Records of trees: written whole, before what they name is used. Whether something is mounted or exported is asked of the kernel, never of them. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../image/types.ts';
import { writeDurably } from '../system/durable.ts';
import type { Paths } from '../system/paths.ts';
import { readRecord, recordText } from '../system/record-file.ts';
import { digest, isThere, name, time } from './record-file.ts';
import { imageDirectory, namesIn, nodeDirectory, treeDirectory, treeRoot } from './store.ts';

const TreeForm = z.strictObject({
  /** Generation that it was made of: name, number, digest. A clone with the same digest shares it. */
  image: name,
  generation: z.int().min(1),
  digest,
  created: time,
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
  created: time,
  /** When it got its base. */
  refreshed: time,
  /** Address that it is exported to; nothing: the registry's, or none until it boots. */
  client: z.ipv4().optional(),
});
/** The tree of a node. */
export type NodeTree = z.output<typeof NodeForm>;

const treeFile = (paths: Paths, of: Digest) => join(treeDirectory(paths, of), 'tree.json');
const nodeFile = (paths: Paths, image: string, node: string) =>
  join(nodeDirectory(paths, image, node), 'node.json');

/** What is known of the tree of a generation, beyond that it is there. */
export async function readTree(paths: Paths, of: Digest): Promise<TreeRecord | undefined> {
  const found = await readRecord(treeFile(paths, of), TreeForm);
  return found?.digest === of ? found : undefined;
}

/** Whether the tree of a generation is there: it got its name when it was whole, whatever became of its record. */
export async function hasTree(paths: Paths, of: Digest): Promise<boolean> {
  return await isThere(treeRoot(paths, of));
}

/** `directory` is where the tree is made: it gets its name by a rename afterwards. */
export async function writeTree(directory: string, record: TreeRecord): Promise<void> {
  await writeDurably(join(directory, 'tree.json'), recordText(record), 0o600);
}

/** Generations whose trees are there. */
export async function listTrees(paths: Paths): Promise<Digest[]> {
  const names = await readdir(join(paths.nfs, 'trees')).catch(() => [] as string[]);
  const digests = names
    .filter((one) => /^[0-9a-f]{64}$/.test(one))
    .map((one): Digest => `sha256:${one}`)
    .toSorted();
  const there = await Promise.all(digests.map(async (one) => await hasTree(paths, one)));
  return digests.filter((_, i) => there[i]);
}

export async function readNodeTree(paths: Paths, image: string, node: string): Promise<NodeTree | undefined> {
  const found = await readRecord(nodeFile(paths, image, node), NodeForm);
  return found?.image === image && found.node === node ? found : undefined;
}

export async function writeNodeTree(paths: Paths, record: NodeTree): Promise<void> {
  await writeDurably(nodeFile(paths, record.image, record.node), recordText(record), 0o600);
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
    const path = nodeFile(paths, one, node);
    if (!(await readNodeTree(paths, one, node)) && (await isThere(path))) all.push(path);
  }
  return all;
}

/** The same of trees of generations, and where the record is gone. */
export async function unreadableTrees(paths: Paths): Promise<string[]> {
  const all: string[] = [];
  for (const one of await listTrees(paths)) if (!(await readTree(paths, one))) all.push(treeFile(paths, one));
  return all;
}

/** Image and node of each directory. */
async function nodeNames(paths: Paths, image?: string): Promise<[string, string][]> {
  const all: [string, string][] = [];
  for (const one of image === undefined ? await namesIn(join(paths.nfs, 'nodes')) : [image])
    for (const node of await namesIn(imageDirectory(paths, one))) all.push([one, node]);
  return all;
}
