/**
 * A mode: one way to put a generation in front of a node. Each is one file (or
 * folder) that makes one of these objects, named in index.ts; nothing else in
 * Slipway knows how a mode works.
 */
import type { Catalog } from '../image/catalog.ts';
import type { Publication } from '../image/publications.ts';
import type { Digest, Resolved } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';

/** What a mode knows when a node boots. What was published of the image is in `image.published`. */
export interface BootContext {
  image: Resolved;
  installation: Installation;
  node: ModeNode;
  /** What {@link Mode.own} found for this node. */
  own?: unknown;
  /** Host part of the URL by which the node reached this server, if it is an IPv4 address. */
  host?: string;
}

/** What modes are told of a node. Unset: what the image was published with. */
export interface ModeNode {
  name: string;
  overlay?: string;
  /** Mode readonly: what can be written. */
  writable?: Writable;
  /** Mode readonly: where kept state is. */
  state?: State;
}

/** `all`: everything, into memory; `tables`: what rwtab and statetab say. */
export type Writable = 'all' | 'tables';
/** `nfs`: a directory of the node on the NFS server; `local`: a labelled partition of the node. */
export type State = 'none' | 'nfs' | 'local';

/** Asked when a node is about to boot, before anything is made for it. */
export interface OwnContext {
  /** What the node's reference means now. */
  image: Resolved;
  installation: Installation;
  node: ModeNode;
  /** Address that asks; nothing in a preview: then nothing may be changed. */
  client?: string;
  sink: Sink;
}

/** What a mode keeps for one node. */
export interface Own {
  /** Generation that this node boots instead, as `name:number`: the one that its tree is made of. */
  image?: string;
  /** For {@link BootContext.own}; the boot session keeps it, as JSON. */
  data?: unknown;
}

/** A blob of the catalog. */
export interface Part {
  digest: Digest;
  size: number;
}

/** What iPXE loads, and what the kernel is told. */
export interface Boot {
  kernel?: Part;
  initramfs?: Part;
  /** Blobs that the initramfs fetches: they stay as long as the boot goes on. */
  fetched: readonly Part[];
  /** `root=` and what belongs to it. @param server base URL by which the node reaches the server */
  root(server: string): string[];
  /** Whether dracut's own modules bring the network up; else Slipway's does, with the address that iPXE got. */
  dracutNetwork: boolean;
  /** Further kernel arguments, one each. With others of them a running node is not as it would boot. */
  arguments: readonly string[];
}

/** What may be asked for when an image is published; each mode takes some of it. */
export interface PublishOptions {
  /** As in a recipe: 1500M, 1.5G, auto. */
  size?: string;
  filesystem?: 'ext4' | 'xfs';
  /** Mode readonly; a node may say otherwise. Default: `tables` if the image has any, else `all`. */
  writable?: Writable;
  /** Mode readonly; a node may say otherwise. Default: `none`. */
  state?: State;
  /** Mode readonly: NFS servers to copy the tree to, `[USER@]HOST:/PATH`, which nodes then mount from. */
  to?: readonly string[];
}

export interface PublishContext {
  image: Resolved;
  installation: Installation;
  catalog: Catalog;
  options: PublishOptions;
  /** What this mode has published of the image before. */
  previous?: Publication;
  sink: Sink;
  signal?: AbortSignal;
}

/** Told once the record of a publication was written, or was removed. */
export interface RecordedContext extends Omit<PublishContext, 'options' | 'previous'> {
  publication: Publication;
  /** Whether the record is there. */
  published: boolean;
}

/** What a mode made of an image: kept as a record, for {@link BootContext}. */
export type Made = Pick<Publication, 'blobs' | 'options' | 'key'>;

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
  /** Whether the next generation of an image is published as the one before it was. */
  readonly follows?: boolean;
  /** What {@link PublishOptions} it takes. */
  readonly takes: readonly (keyof PublishOptions)[];
  /** @throws SlipwayError `boot/unbootable` if the image cannot boot this way, or is not published */
  check(image: Resolved): void;
  /**
   * Prepares the server's side, so that any node may boot. Doing it again changes nothing. Nothing:
   * the mode needs nothing made; else what was made becomes the record of this image and mode.
   */
  publish(context: PublishContext): Promise<Made | undefined>;
  /** Undoes what {@link publish} did besides making blobs. The record goes afterwards. */
  unpublish(context: Omit<PublishContext, 'options'>): Promise<void>;
  /** What follows from records, such as exports. Doing it again changes nothing. */
  recorded?(context: RecordedContext): Promise<void>;
  /**
   * What it keeps for this node; must be quick, and is asked at each boot.
   * @throws SlipwayError that says why this node cannot boot, such as `nfs/no-tree`
   */
  own?(context: OwnContext): Promise<Own | undefined>;
  /** @throws SlipwayError `boot/unbootable` as {@link check} */
  boot(context: BootContext): Boot;
  /** Lines of node.conf that the mode needs, `mode` among them. */
  nodeConf(context: BootContext): ConfLine[];
  estimate(image: Resolved): Estimate;
}
