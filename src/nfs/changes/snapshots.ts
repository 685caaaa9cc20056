/**
 * Changes of nodes that were saved: `nodes/IMAGE/NODE/snapshots/NAME/snapshot.json` and `upper`, which means
 * something over the tree of its base only. Whole as soon as they have their name; never changed.
 */
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '../../image/types.ts';
import { writeDurably } from '../../system/durable.ts';
import type { Paths } from '../../system/paths.ts';
import { readRecord, recordText } from '../../system/record-file.ts';
import { digest, isThere, name, time } from '../record-file.ts';
import { namesIn, nodeDirectory } from '../store.ts';

const Form = z.strictObject({
  name,
  image: name,
  node: name,
  /** Generation of `image` that the node stood on. */
  generation: z.int().min(1),
  base: digest,
  created: time,
});
export type Snapshot = z.output<typeof Form>;

const directoryOf = (paths: Paths, image: string, node: string) =>
  join(nodeDirectory(paths, image, node), 'snapshots');

export const snapshotDirectory = (paths: Paths, image: string, node: string, called: string): string =>
  join(directoryOf(paths, image, node), called);

/** `directory`: where it is made, before it has its name. */
export async function writeSnapshot(directory: string, snapshot: Snapshot): Promise<void> {
  await writeDurably(join(directory, 'snapshot.json'), recordText(snapshot), 0o600);
}

/** Of one node, the oldest first. */
export async function listSnapshots(paths: Paths, image: string, node: string): Promise<Snapshot[]> {
  const { found } = await readSnapshots(paths, image, node);
  return found.toSorted((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));
}

/** Of all nodes. */
export interface Snapshots {
  found: Snapshot[];
  /** Records that are there and cannot be read: paths. */
  unreadable: string[];
}

/** Snapshots that stand on a tree: it stays as long as there are any, or what may be one. */
export async function snapshotsOn(paths: Paths, base: Digest): Promise<Snapshots> {
  const all: Snapshots = { found: [], unreadable: [] };
  for (const image of await namesIn(join(paths.nfs, 'nodes')))
    for (const node of await namesIn(join(paths.nfs, 'nodes', image))) {
      const { found, unreadable } = await readSnapshots(paths, image, node);
      all.found.push(...found.filter((one) => one.base === base));
      all.unreadable.push(...unreadable);
    }
  return all;
}

async function readSnapshots(paths: Paths, image: string, node: string): Promise<Snapshots> {
  const all: Snapshots = { found: [], unreadable: [] };
  for (const called of await namesIn(directoryOf(paths, image, node))) {
    const file = join(snapshotDirectory(paths, image, node, called), 'snapshot.json');
    const one = await readRecord(file, Form);
    if (one?.image === image && one.node === node && one.name === called) all.found.push(one);
    else if (await isThere(file)) all.unreadable.push(file);
  }
  return all;
}
