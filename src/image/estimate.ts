import type { ImageConfig } from './types.ts';

/**
 * Least that the writable layer must be able to hold, MiB; and what the kernel and a small running system
 * take beside the root, MiB. The same as SW_OVERLAY_MIN and SW_MARGIN in
 * `src/initramfs/dracut/90slipway/memory.sh`, which refuses the boot of a node with less; a test compares them.
 */
export const OVERLAY_MINIMUM = 32;
export const MARGIN = 96;
/** An unpacked initramfs takes so many times its packed size (2.8 measured: zstd, Debian 12). */
const INITRAMFS_RATIO = 3;
/** What the kernel keeps for itself from power-on, beside its own file, MiB; and the share of all RAM that it manages and holds back. */
const KERNEL = 32;
const HELD_BACK = 0.15;

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
  /** The kernel and what it keeps from power-on. */
  kernel: number;
  /**
   * (available + initramfs + kernel) / 0.85, rounded up to a multiple of 64: RAM of the smallest machine that
   * boots. Measured under QEMU with machines of 200, 256, 768 and 2048 MiB and an initramfs of 18 MiB, whose
   * check found 83, 136, 558 and 1782 MiB available: on the safe side for each.
   */
  total: number;
}

/** The formula for mode `ram`. Sizes in bytes. */
export function estimateOf(config: Pick<ImageConfig, 'layers'>, kernel: number, initramfs: number): Estimate {
  return estimateParts(
    config.layers.reduce((sum, layer) => sum + layer.size, 0),
    kernel,
    initramfs,
  );
}

/** The same for any mode: `root` is what it keeps in memory of what it has fetched. Bytes; `overlay` MiB, least. */
export function estimateParts(
  root: number,
  kernel: number,
  initramfs: number,
  overlay = OVERLAY_MINIMUM,
): Estimate {
  const layers = mebibytes(root);
  const available = layers + overlay + MARGIN;
  const unpacked = mebibytes(initramfs * INITRAMFS_RATIO);
  const kernelSpace = KERNEL + mebibytes(kernel);
  return {
    layers,
    overlay,
    margin: MARGIN,
    available,
    initramfs: unpacked,
    kernel: kernelSpace,
    total: machine(available + unpacked + kernelSpace),
  };
}

/** MiB of a machine on which nodes can write `writable` MiB. The initramfs is gone by then. */
export function filledMachine({ layers, margin, kernel, total }: Estimate, writable: number): number {
  return Math.max(total, machine(layers + writable + margin + kernel));
}

function machine(needed: number): number {
  return Math.ceil(needed / (1 - HELD_BACK) / 64) * 64;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1 << 20));
}
