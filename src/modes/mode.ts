/**
 * A mode: one way to put a generation in front of a node. Each is one file (or
 * folder) that makes one of these objects, named in index.ts; nothing else in
 * Slipway knows how a mode works.
 */
import type { Resolved } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';

/** What a mode knows when a node boots. */
export interface BootContext {
  image: Resolved;
  installation: Installation;
  node: { name: string; overlay?: string };
}

export interface PublishContext {
  image: Resolved;
  installation: Installation;
  sink: Sink;
  signal?: AbortSignal;
}

/** What an image costs in a mode. Bytes. */
export interface Estimate {
  /** That each node fetches at a boot: kernel, initramfs and root. */
  download: number;
  /** Memory of the node that its root holds before anything is written. */
  memory: number;
  /** Disk on the server beside the catalog, for all nodes together. */
  server: number;
}

/** A line of node.conf: docs/boot-protocol.md, section 3. */
export type ConfLine = readonly [key: string, value: string];

export interface Mode {
  readonly name: string;
  /** One line for people. */
  readonly description: string;
  /** Whether a node ends in the image; without it the node is told so and boots from its disk. */
  readonly bootable: boolean;
  /** Whether a node that is up goes on reading from the server, so that its image must stay. */
  readonly keepsReading: boolean;
  /** @throws SlipwayError `boot/unbootable` if the image cannot boot this way */
  check(image: Resolved): void;
  /** Prepares the server's side, so that any node may boot. Doing it again changes nothing. */
  publish(context: PublishContext): Promise<void>;
  /** Undoes {@link publish}. */
  unpublish(context: PublishContext): Promise<void>;
  /** Kernel arguments that the mode needs, one each. */
  arguments(context: BootContext): string[];
  /** Lines of node.conf that the mode needs, `mode` among them. */
  nodeConf(context: BootContext): ConfLine[];
  estimate(image: Resolved): Estimate;
}
