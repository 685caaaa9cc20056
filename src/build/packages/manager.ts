/**
 * A package manager, as the tree of an image is configured for it. Steps and the
 * initramfs ask for packages through this; how one works is known only in its own
 * folder (`build/apt`, `build/dnf`).
 */
import type { Sandbox } from '../../system/sandbox.ts';
import type { WorkContext } from '../context.ts';

export interface InstallRequest {
  install: readonly string[];
  remove?: readonly string[];
  /** Recommended (apt) or weak (rpm) dependencies too; default: none. */
  recommends?: boolean;
}

export interface PackageManager {
  readonly name: 'apt' | 'dnf';
  /** Hash of all repository metadata: changes when an archive does. Part of cache keys. */
  readonly state: string;
  /** Newest date of the metadata, seconds. */
  readonly date: number;
  /** What the throw-away layer in which dracut runs must have. */
  readonly initramfsTools: readonly string[];
  /** The same for the live initramfs (`root=live:`): dracut's modules network, livenet and dmsquash-live too. */
  readonly liveTools: readonly string[];
  /** Names that exist in no repository, each with a near one. Empty without a way to ask. */
  missing(names: readonly string[]): Promise<{ name: string; near?: string }[]>;
  /**
   * Installs and removes packages in a tree. Downloads with the network (unless offline), runs
   * the packages' scripts without; starts no service; leaves neither lists nor packages in the tree.
   */
  install(sandbox: Sandbox, request: InstallRequest, context: WorkContext, task: string): Promise<void>;
}
