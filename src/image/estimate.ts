import type { Catalog } from './catalog.ts';
import type { ImageConfig } from './types.ts';

/**
 * Least that the writable layer must be able to hold, MiB; and what the kernel and a small running system
 * take beside the root, MiB. The same as SW_OVERLAY_MIN and SW_MARGIN in
 * `src/initramfs/dracut/90slipway/memory.sh`, which refuses the boot of a node with less; a test compares them.
 */
export const OVERLAY_MINIMUM = 32;
export const MARGIN = 96;
/** An unpacked initramfs of dracut takes about three times its packed size (zstd), measured on Debian 12. */
const INITRAMFS_RATIO = 3;
/** Code, data and page tables that the kernel keeps for itself from power-on, MiB: MemTotal is less than the machine's RAM by about so much. */
const KERNEL = 48;

/** RAM that a node needs in mode `ram`, all in MiB. */
export interface Estimate {
  /** Squashfs or erofs files, kept in RAM as they are. */
  layers: number;
  overlay: number;
  margin: number;
  /** layers + overlay + margin: what must be available in the initramfs, as its own check asks for it. */
  available: number;
  /** The initramfs as it is unpacked in RAM while that check runs. */
  initramfs: number;
  kernel: number;
  /** available + initramfs + kernel, rounded up to a multiple of 64: RAM of the smallest machine that boots. */
  total: number;
}

/** Estimates one generation. @throws SlipwayError as `Catalog.resolve` */
export async function estimate(catalog: Catalog, ref: string): Promise<Estimate> {
  const { config, kernel, initramfs } = await catalog.resolve(ref);
  return estimateOf(config, kernel?.size ?? 0, initramfs?.size ?? 0);
}

/** The formula. Sizes in bytes. */
export function estimateOf(config: Pick<ImageConfig, 'layers'>, kernel: number, initramfs: number): Estimate {
  const layers = mebibytes(config.layers.reduce((sum, layer) => sum + layer.size, 0));
  const available = layers + OVERLAY_MINIMUM + MARGIN;
  const unpacked = mebibytes(initramfs * INITRAMFS_RATIO);
  const kernelSpace = KERNEL + mebibytes(kernel);
  return {
    layers,
    overlay: OVERLAY_MINIMUM,
    margin: MARGIN,
    available,
    initramfs: unpacked,
    kernel: kernelSpace,
    total: Math.ceil((available + unpacked + kernelSpace) / 64) * 64,
  };
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1 << 20));
}
