/**
 * What an image is on disk: an OCI image layout whose manifests hold packed
 * layers, a kernel and an initramfs. https://github.com/opencontainers/image-spec
 */
import type { Publication } from './publications.ts';

/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

export const MEDIA = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  artifact: 'application/vnd.slipway.image.v1',
  config: 'application/vnd.slipway.image.config.v1+json',
  squashfs: 'application/vnd.slipway.layer.v1.squashfs',
  erofs: 'application/vnd.slipway.layer.v1.erofs',
  kernel: 'application/vnd.slipway.kernel.v1',
  initramfs: 'application/vnd.slipway.initramfs.v1',
} as const;

export interface Descriptor {
  mediaType: string;
  digest: Digest;
  size: number;
  annotations?: Record<string, string>;
}

/** One packed layer, lowest first in an image. */
export interface PackedLayer {
  digest: Digest;
  /** Bytes of the packed file. */
  size: number;
  format: 'squashfs' | 'erofs';
  /** Of a squashfs; zstd where none is named. */
  compressor?: 'zstd' | 'gzip' | 'xz' | 'lz4';
  /** What made it, such as `packages: htop`. */
  title: string;
  /** Cache key of the build layer; empty for a group. */
  key: string;
  /** Bytes of file content before packing. */
  unpacked: number;
}

export interface InstalledPackage {
  name: string;
  version: string;
  architecture: string;
  /** Source package, where it differs. */
  source?: string;
}

/** The config blob: everything about an image that does not change from host to host. Reproducible: no time of build, no host. */
export interface ImageConfig {
  name: string;
  description?: string;
  os: 'linux';
  architecture: 'amd64' | 'arm64';
  /** ISO date from SOURCE_DATE_EPOCH. */
  date: string;
  layers: PackedLayer[];
  kernel?: { version: string; arguments: string[]; modules: string[] };
  packages: InstalledPackage[];
  /** os-release of the tree. */
  system: Record<string, string>;
  /** Digest of the generation that `from` named, or that this one was made of by a change. */
  parent?: Digest;
  /** SELinux policy that all files are labelled for, and what nodes do with it. */
  selinux?: { policy: string; mode: 'enforcing' | 'permissive' };
  /** Bytes of the root as nodes see it: content and what can be written besides. */
  size?: number;
  /** Of these, bytes that the content takes up; with `size`. */
  used?: number;
}

/** What a build hands over. Blobs are in the catalog already. */
export interface NewGeneration {
  config: ImageConfig;
  kernel?: { digest: Digest; size: number };
  initramfs?: { digest: Digest; size: number };
}

/** One generation as `image ls --json` shows it. */
export interface Generation {
  name: string;
  generation: number;
  tags: string[];
  /** Digest of the OCI manifest. */
  digest: Digest;
  /** ISO time at which this catalog got it. */
  created: string;
  /** Sum of layers, kernel and initramfs. */
  bytes: number;
  /** Number of packed layers. */
  layers: number;
  /** Kernel version. */
  kernel?: string;
  /** `broken`: a blob is missing, has the wrong size, or was found corrupt by `image verify`. */
  state: 'ready' | 'broken';
  /** In listings: it is mounted on this host to be changed. Nodes boot it all the same. */
  mounted?: { path: string; who: string; since: string; active: boolean };
}

/** A build of this image runs now. It gets the number `generation` unless nothing changed. */
export interface Building {
  name: string;
  generation: number;
  tags: string[];
  digest: null;
  /** null: not there yet. */
  created: null;
  bytes: 0;
  layers: 0;
  kernel?: undefined;
  state: 'building';
  /** Who does what; nothing if it ended just now. */
  building?: { what: string; who?: string; since?: string; process?: number; step?: string };
}

/** A line of `image ls`. */
export type Listed = Generation | Building;

/** Annotations of manifests and of the entries in index.json. */
export const ANNOTATION = {
  ref: 'org.opencontainers.image.ref.name',
  created: 'org.opencontainers.image.created',
  title: 'org.opencontainers.image.title',
  description: 'org.opencontainers.image.description',
  version: 'org.opencontainers.image.version',
  generation: 'vnd.slipway.generation',
  kernel: 'vnd.slipway.kernel',
} as const;

/** OCI manifest of one generation: packed layers from the lowest, then kernel and initramfs, told apart by media type. */
export interface Manifest {
  schemaVersion: 2;
  mediaType: typeof MEDIA.manifest;
  artifactType: typeof MEDIA.artifact;
  config: Descriptor;
  layers: Descriptor[];
  annotations?: Record<string, string>;
}

/** What a reference stands for. */
export interface Resolved {
  generation: Generation;
  config: ImageConfig;
  manifest: Manifest;
  /** The parts of the manifest by role. */
  layers: Descriptor[];
  kernel?: Descriptor;
  initramfs?: Descriptor;
  /** What modes have published of it. */
  published?: readonly Publication[];
}

/** Names the nodes that are assigned to a generation; from the registry of nodes, injected. */
export type InUse = (generation: Generation) => Promise<string[]>;
