/**
 * What was really changed in a mounted image: an upper directory also holds what was only
 * opened for writing, touched, or changed back. Both trees are looked at from private namespaces,
 * where nothing can change them meanwhile.
 */
import { compareTrees, type FileChange } from '../image/compare-trees.ts';
import { unshown } from '../image/tree-files.ts';
import type { Sandbox } from '../system/sandbox.ts';
import { cleaning } from './cleaning.ts';
import type { MountRecord } from './record.ts';
import { isOwn, temporaryOf } from './resolver.ts';

export interface Trees {
  /** The generation as it is. */
  before: Sandbox;
  /** The same with the upper directory on top. */
  after: Sandbox;
  /** Host path. */
  upper: string;
}

export interface Change extends Pick<FileChange, 'change' | 'type'> {
  /** Absolute in the image; its bytes as latin1. */
  path: string;
}

/**
 * Changes in the order of their paths, without what was made for the mount only and, unless `clean`
 * is false, without what does not belong into an image: caches, logs, host keys.
 */
export async function changesOf(
  trees: Trees,
  record: Pick<MountRecord, 'made' | 'lent'>,
  clean: boolean,
  signal?: AbortSignal,
): Promise<Change[]> {
  const { before, after, upper } = trees;
  const dirty = clean ? await cleaning(after) : () => false;
  const ours = new Set<string>();
  if (record.lent !== undefined) {
    ours.add(`/${temporaryOf(record.lent)}`);
    if (!(await isOwn(upper, record.lent))) ours.add(`/${record.lent}`);
  }
  const all: Change[] = [];
  for await (const one of compareTrees({ tree: before, own: [] }, { tree: after, own: [upper] }, signal)) {
    const change = { path: unshown(one.path), change: one.change, type: one.type };
    if (!ours.has(change.path) && !dirty(change)) all.push(change);
  }
  // Tools of Ansible leave this behind; deepest first.
  const scaffolding = [...record.made.map((path) => `/${path}`), '/root/.ansible/tmp', '/root/.ansible'];
  return withoutEmpty(
    all,
    scaffolding.toSorted((a, b) => b.length - a.length),
  );
}

/** Leaves out these directories where they are new and nothing is in them. */
function withoutEmpty(changes: Change[], directories: readonly string[]): Change[] {
  let left = changes;
  for (const path of directories) {
    const at = left.find((one) => one.path === path);
    if (at?.change !== 'added' || at.type !== 'directory') continue;
    if (!left.some((one) => one.path.startsWith(`${path}/`))) left = left.filter((one) => one !== at);
  }
  return left;
}
