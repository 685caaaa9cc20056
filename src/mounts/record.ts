/**
 * What is known of a mounted image: `mounts/NAME/mount.json`, written before anything is
 * mounted and gone with the directory. Whether it is mounted now is asked of the kernel only.
 *
 *     mounts/NAME/mnt             the tree, to be changed
 *     mounts/NAME/inventory/host  for Ansible
 *     mounts/NAME/upper           what was changed; overlay: its work directory
 *     mounts/NAME/blobs/N         packed layers
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digestForm } from '../image/digest-form.ts';
import type { Digest } from '../image/types.ts';
import { writeDurably } from '../system/durable.ts';
import { NAME } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { isAttached, treeOf } from './attach.ts';
import { fail } from './errors.ts';

const Record = z.strictObject({
  image: z.string().regex(NAME),
  generation: z.int().min(1),
  digest: digestForm(),
  /** User who mounted it. */
  who: z.string().max(200),
  /** ISO time. */
  since: z.string().max(40),
  /** What is done to it, or was when the command was killed. */
  phase: z.enum(['mounting', 'mounted', 'unmounting']),
  /** Directories of build layers that it stands on. */
  layers: z.array(z.string()),
  /** Directories of the tree that were made to mount something there. */
  made: z.array(z.string()),
  /** Where in the tree the host's resolv.conf was lent. */
  lent: z.string().optional(),
});
export type MountRecord = z.output<typeof Record>;

/** What others get to see of it. */
export interface MountView {
  image: string;
  generation: number;
  digest: Digest;
  /** The tree. */
  path: string;
  /** Directory for `ansible-playbook -i`. */
  inventory: string;
  who: string;
  since: string;
  /** False: the host was restarted, or a command was killed. The changes are kept. */
  active: boolean;
}

export function mountDirectory(paths: Paths, name: string): string {
  return join(paths.mounts, name);
}

/** Makes sure that nobody else mounts or unmounts an image meanwhile. */
export const lockName = (name: string): string => `mount-${name}`;

/** The record of an image; nothing if there is none that can be read. */
export async function readRecord(paths: Paths, name: string): Promise<MountRecord | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file(paths, name), 'utf8'));
    const record = Record.safeParse(value).data;
    return record?.image === name ? record : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRecord(paths: Paths, record: MountRecord): Promise<void> {
  await writeDurably(file(paths, record.image), `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
}

/** All that are readable, by name. */
export async function listRecords(paths: Paths): Promise<MountRecord[]> {
  const names = await readdir(paths.mounts).catch(() => [] as string[]);
  const found: MountRecord[] = [];
  for (const name of names.filter((one) => NAME.test(one)).toSorted()) {
    const record = await readRecord(paths, name);
    if (record) found.push(record);
  }
  return found;
}

/** Every image that is mounted, or has changes from when it was. */
export async function listMounts(paths: Paths): Promise<MountView[]> {
  return await Promise.all((await listRecords(paths)).map(async (record) => await viewOf(paths, record)));
}

export async function viewOf(paths: Paths, record: MountRecord): Promise<MountView> {
  const { image, generation, digest, who, since } = record;
  const directory = mountDirectory(paths, image);
  const path = treeOf(directory);
  const active = record.phase === 'mounted' && (await isAttached(directory));
  return { image, generation, digest, path, inventory: join(directory, 'inventory'), who, since, active };
}

/** @throws SlipwayError `mount/mounted` if the image is mounted, or has changes that nobody published yet */
export async function refuseMounted(paths: Paths, name: string): Promise<void> {
  const record = await readRecord(paths, name);
  if (!record) return;
  const { path, who, since } = await viewOf(paths, record);
  throw fail('mounted', { image: name, path, who, since });
}

/** Digests of the generations that mounted images stand on: they stay, with their blobs. */
export async function mountedDigests(paths: Paths): Promise<Digest[]> {
  return (await listRecords(paths)).map((record) => record.digest);
}

/** Directories of build layers that mounted images stand on. */
export async function mountedLayers(paths: Paths): Promise<Set<string>> {
  return new Set((await listRecords(paths)).flatMap((record) => record.layers));
}

function file(paths: Paths, name: string): string {
  return join(mountDirectory(paths, name), 'mount.json');
}
