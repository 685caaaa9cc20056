/**
 * Changes of nodes that were saved: `nodes/IMAGE/NODE/snapshots/NAME/snapshot.json` and `upper`, which means
 * something over the tree of its base only. Whole as soon as they have their name; never changed.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../image/types.ts';
import { writeDurably } from '../../system/durable.ts';
import { NAME } from '../../system/names.ts';
import type { Paths } from '../../system/paths.ts';
import { namesIn, nodeDirectory } from '../store.ts';

const name = z.string().regex(NAME);

const Form = z.strictObject({
  name,
  image: name,
  node: name,
  /** Generation of `image` that the node stood on. */
  generation: z.int().min(1),
  base: z.custom<Digest>((v) => typeof v === 'string' && /^sha256:[0-9a-f]{64}$/.test(v)),
  /** ISO time. */
  created: z.string().max(40),
});
export type Snapshot = z.output<typeof Form>;

const directoryOf = (paths: Paths, image: string, node: string) =>
  join(nodeDirectory(paths, image, node), 'snapshots');

export const snapshotDirectory = (paths: Paths, image: string, node: string, called: string): string =>
  join(directoryOf(paths, image, node), called);

/** `directory`: where it is made, before it has its name. */
export async function writeSnapshot(directory: string, snapshot: Snapshot): Promise<void> {
  await writeDurably(join(directory, 'snapshot.json'), `${JSON.stringify(snapshot, undefined, 2)}\n`, 0o600);
}

/** Of one node, the oldest first. */
export async function listSnapshots(paths: Paths, image: string, node: string): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const called of await namesIn(directoryOf(paths, image, node))) {
    const file = join(snapshotDirectory(paths, image, node, called), 'snapshot.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const one = Form.safeParse(parsed(text)).data;
    if (one?.image === image && one.node === node && one.name === called) found.push(one);
  }
  return found.toSorted((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));
}

/** Snapshots of all nodes that stand on a tree: it stays as long as there are any. */
export async function snapshotsOn(paths: Paths, base: Digest): Promise<Snapshot[]> {
  const found: Snapshot[] = [];
  for (const image of await namesIn(join(paths.nfs, 'nodes')))
    for (const node of await namesIn(join(paths.nfs, 'nodes', image)))
      found.push(...(await listSnapshots(paths, image, node)).filter((one) => one.base === base));
  return found;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
