import { fail } from '../boot/errors.ts';
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import type { Resolved } from '../image/types.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Boot } from './mode.ts';

/** What the initramfs takes: docs/boot-protocol.md, section 4. */
const LAYER_LIMIT = 200;

/**
 * What every mode asks of an image that a node shall boot: whole, with a kernel,
 * an initramfs, and kernel arguments that can be written.
 * @throws SlipwayError `boot/unbootable`
 */
export function checkBootable(mode: string, image: Resolved): void {
  const label = `${image.generation.name}:${image.generation.generation}`;
  const refuse = (reason: string, todo: string, cause?: unknown) =>
    fail('unbootable', { image: label, mode, reason, todo }, { cause });
  if (image.generation.state !== 'ready')
    throw refuse(`it is ${image.generation.state}`, `See what is wrong: slipway image verify ${label}.`);
  if (!image.kernel || !image.initramfs)
    throw refuse(
      `it has no ${image.kernel ? 'initramfs' : 'kernel'}`,
      'Add a kernel step to its recipe and build it again.',
    );
  if (image.layers.length === 0) throw refuse('it has no layers', 'Build it again.');
  if (image.layers.length > LAYER_LIMIT)
    throw refuse(
      `it has more than ${LAYER_LIMIT} layers`,
      'Build it with pack: { layers: single }, or fewer steps.',
    );
  try {
    image.config.kernel?.arguments.forEach(checkKernelArgument);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    throw refuse(error.message, 'Correct the kernel step of its recipe and build it again.', error);
  }
}

/** As every image boots that Slipway's own initramfs brings up. */
export function ownBoot({ kernel, initramfs, layers }: Resolved): Boot {
  return {
    kernel,
    initramfs,
    fetched: layers,
    root: () => ['root=slipway'],
    dracutNetwork: false,
    arguments: [],
  };
}

/** Sum of sizes in bytes. */
export function sizeOf(parts: readonly ({ size: number } | undefined)[]): number {
  return parts.reduce((sum, part) => sum + (part?.size ?? 0), 0);
}
