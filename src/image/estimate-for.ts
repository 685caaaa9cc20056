/** RAM that a node needs for an image in a mode, with or without a size; disk of the server. */
import type { Catalog } from './catalog.ts';
import { estimateParts, filledMachine, type Estimate } from './estimate.ts';
import { measure } from './measure.ts';
import { PRIVATE } from './publications.ts';
import { fittingSize, sizeOf } from './size.ts';
import { treeBytes } from './tree-bytes.ts';
import type { Resolved } from './types.ts';

/** Modes of which something can be told. */
export const ESTIMATED = ['ram', 'livenet', 'nfs', 'readonly'] as const;
type Estimated = (typeof ESTIMATED)[number];

/** Of the root at most its private layer is in memory. */
const onServer = (mode: Estimated) => mode === 'nfs' || mode === 'readonly';

export interface EstimateFor extends Estimate {
  mode: Estimated;
  /** Of the root, MiB; null: as much as the node's overlay setting allows. */
  size: number | null;
  /** Of the size, what content takes up, MiB. */
  used: number | null;
  /** What nodes can write, MiB. */
  writable: number | null;
  /** RAM of a machine on which all of that is written, MiB. */
  full: number | null;
  /** livenet: whether it is published, so that its figures are those of what nodes fetch, and not of the layers. */
  published: boolean | null;
  /** nfs and readonly: of the tree that all nodes share, on the NFS server, MiB. */
  server: number | null;
}

export interface EstimateOptions {
  /** Default `ram`. */
  mode?: Estimated;
  /** As if the image had this size: 1500M, 1.5G, auto. Default: its own; of livenet `auto`. */
  size?: string;
  signal?: AbortSignal;
}

/** Of the snapshot that takes what is written in mode livenet: its table of chunks. */
const SNAPSHOT = 1.01;
const MIB = 2 ** 20;

/** @throws SlipwayError `image/bad-size`, `image/too-small`, and as `Catalog.resolve` */
export async function estimate(
  catalog: Catalog,
  ref: string,
  { mode = 'ram', size, signal }: EstimateOptions = {},
): Promise<EstimateFor> {
  const image = await catalog.resolve(ref);
  const { config, kernel } = image;
  const live = mode === 'livenet' ? image.published?.find((one) => one.mode === mode) : undefined;
  const sum = config.layers.reduce((bytes, layer) => bytes + layer.size, 0);
  // Of another size the live image is nearly the same: what is empty takes up nothing.
  const layer = image.published?.find((one) => one.mode === mode)?.blobs[PRIVATE]?.size ?? 0;
  const root = onServer(mode) ? layer : (live?.blobs['root']?.size ?? sum);
  const initramfs = live?.blobs['initramfs'] ?? image.initramfs;
  const overlay = mode === 'nfs' ? 0 : undefined;
  const basic = estimateParts(root, kernel?.size ?? 0, initramfs?.size ?? 0, overlay);
  const sized = await sizes(catalog, image, mode, size, signal);
  const shared = {
    ...basic,
    mode,
    published: mode === 'livenet' ? live !== undefined : null,
    server: onServer(mode) ? Math.ceil(treeBytes(image) / MIB) : null,
  };
  if (!sized) return { ...shared, size: null, used: null, writable: null, full: null };
  const used = Math.ceil(sized.used / MIB);
  const writable = Math.floor(sized.bytes / MIB) - used;
  const full = filledMachine(basic, mode === 'livenet' ? Math.ceil(writable * SNAPSHOT) : writable);
  return { ...shared, size: sized.bytes / MIB, used, writable, full };
}

async function sizes(
  catalog: Catalog,
  image: Resolved,
  mode: Estimated,
  size: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ bytes: number; used: number } | undefined> {
  if (onServer(mode)) return undefined;
  const { config, generation } = image;
  const own = { bytes: config.size, used: config.used };
  const record = image.published?.find((one) => one.mode === mode)?.options;
  if (size === undefined && record)
    return { bytes: Number(record['bytes'] ?? 0), used: Number(record['used'] ?? 0) };
  if (size === undefined && own.bytes !== undefined) return { bytes: own.bytes, used: own.used ?? 0 };
  if (size === undefined && mode === 'ram') return undefined;
  const wanted = sizeOf(size ?? 'auto');
  const content = await measure(catalog, config.layers, { signal });
  return {
    bytes: fittingSize(content, wanted, `${generation.name}:${generation.generation}`),
    used: content.bytes,
  };
}
