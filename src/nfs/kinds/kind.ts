/** How trees of nodes are made: one file each beside this one, named in index.ts. */
import type { Sink } from '../../system/events.ts';
import type { Installation } from '../../system/config.ts';
import type { TableEntry } from '../../system/mount-table.ts';
import type { KindName } from '../records.ts';

export interface KindContext {
  installation: Installation;
  sink?: Sink;
  signal?: AbortSignal;
}

/** Changes of a node against the tree that it stands on. */
export interface NodeChanges extends AsyncDisposable {
  /**
   * An upper directory for overlayfs, for reading inside of a sandbox only: all in it is the node's. May be the tree's
   * own, below `data`: then the node may be writing in it, and it has whatever attributes overlayfs keeps. Else
   * nobody does, and it has none but opaque directories. See changes/freeze.ts.
   */
  upper: string;
}

/** All paths are in the store, but `at`. `data`: the directory that `NodeTree.data` names. `base`: `trees/HEX/root`. */
export interface TreeKind {
  readonly name: KindName;
  /** One line for people. */
  readonly description: string;
  /** Why this host cannot make such trees in `store`; nothing if it can. */
  unusable(store: string): Promise<string | undefined>;
  /**
   * Makes each of `data`, whose parents are there: `base`, or `base` with `changes`, an upper directory as in
   * {@link NodeChanges}, which stays as it is. When this returns it may still be in memory: the caller flushes the
   * file system once for all. Whatever a kill or an error leaves is removed by {@link remove}.
   */
  create(data: readonly string[], base: string, context: KindContext & { changes?: string }): Promise<void>;
  /** What mounts it at `at`, a directory that is there; nosuid, nodev, noexec. Paths in `options` are relative to `store`. */
  entry(data: string, base: string, at: string, store: string): TableEntry;
  /** What it differs in from `base`. Works while it is attached, and while the node is up (then as of now). */
  changes(data: string, base: string, context: KindContext): Promise<NodeChanges>;
  /** What these changes take up on the disk, bytes, in the order of `data`. All stand on the same base. */
  sizes(data: readonly string[], base: string, signal?: AbortSignal): Promise<number[]>;
  /** Removes each of `data`, whole or half made, or gone. They are not mounted. */
  remove(data: readonly string[]): Promise<void>;
}
