/** Sizes of images: of the root as nodes see it, content and what can be written besides. */
import { parseSize, SIZE_LIMITS } from '../system/size.ts';
import { fail } from './errors.ts';
import { OVERLAY_MINIMUM } from './estimate.ts';
import type { Content } from './measure.ts';

const MIB = 2 ** 20;

/** What `auto` leaves free, MiB: services stop where `/` has less. */
const AUTO_MARGIN = 100;

/** How a file system image is laid out: an inode for each file and some more, and for what may come. */
const INODE = 256;
const SPARE_INODES = 1.1;
const BYTES_PER_INODE = 32_768;
/** Inodes for what may come, bitmaps and descriptors, as a share of the whole. */
const OVERHEAD = 0.985;
const FIXED = 2 * MIB;

/** Bytes, or `auto`. @throws SlipwayError `image/bad-size`, `image/size-limits` */
export function sizeOf(text: string): number | 'auto' {
  if (text === 'auto') return text;
  const bytes = parseSize(text);
  if (bytes === undefined) throw fail('bad-size', { size: JSON.stringify(text.slice(0, 50)) });
  const { minimum, maximum } = SIZE_LIMITS;
  if (bytes < minimum * MIB || bytes > maximum * MIB)
    throw fail('size-limits', { size: text, minimum, maximum });
  return bytes;
}

/** Inodes that a file system of `bytes` gets for this content. */
export function inodesFor({ files }: Content, bytes: number): number {
  return Math.ceil(files * SPARE_INODES) + Math.ceil(bytes / BYTES_PER_INODE);
}

/** Bytes of the least root that holds the content, whole MiB, and lets a node write what the smallest overlay takes. */
export function leastSize(content: Content): number {
  return Math.max(SIZE_LIMITS.minimum, packed(content) + OVERLAY_MINIMUM) * MIB;
}

/** Bytes of `auto`: the content and {@link AUTO_MARGIN}. */
export function autoSize(content: Content): number {
  return Math.max(SIZE_LIMITS.minimum, packed(content) + AUTO_MARGIN) * MIB;
}

/** MiB of a file system that the content fills. */
function packed({ bytes, files }: Content): number {
  return Math.ceil((bytes + files * SPARE_INODES * INODE + FIXED) / OVERHEAD / MIB);
}

/**
 * Bytes of a root of the wanted size, which holds the content.
 * @param ref for messages @throws SlipwayError `image/too-small` with numbers
 */
export function fittingSize(content: Content, wanted: number | 'auto', ref: string): number {
  if (wanted === 'auto') return autoSize(content);
  const least = leastSize(content);
  if (wanted < least)
    throw fail('too-small', {
      ref,
      wanted: wanted / MIB,
      used: Math.ceil(content.bytes / MIB),
      least: least / MIB,
      files: content.files,
    });
  return wanted;
}
