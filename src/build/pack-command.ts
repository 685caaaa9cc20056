/** How trees are packed. mksquashfs(1), mkfs.erofs(1) */
import type { Pack } from '../recipe/schema.ts';

/** The kernel and what belongs to it are blobs of their own: nodes need not hold them in RAM twice. */
export const BOOT_FILES = [
  'boot/vmlinuz-*', 'boot/initrd.img-*', 'boot/initramfs-*', 'boot/System.map-*', 'usr/lib/modules/*/vmlinuz', 'lib/modules/*/vmlinuz',
]; // prettier-ignore

/**
 * The level where a recipe names none. Of gzip 6 at most: on a tree of 220 MB, 9 took four times as long
 * for 0.8 % less.
 */
export function usualLevel(configured: number, compressor?: Pack['compressor']): number {
  return compressor === 'gzip' ? Math.min(configured, 6) : configured;
}

/** How a tree becomes one file. */
export interface Form {
  format: Pack['format'];
  /** Of squashfs; default zstd. */
  compressor?: Pack['compressor'];
  /** Of zstd; what is too high for another compressor means its best. */
  level: number;
  /** Paths relative to the tree, with wildcards. */
  exclude: string[];
}

/** The argument vector that packs `directory` into `file`. Needs SOURCE_DATE_EPOCH = `epoch` in its environment. */
export function packCommand(directory: string, file: string, form: Form, epoch: number): string[] {
  return form.format === 'squashfs' ? squashfs(directory, file, form) : erofs(directory, file, form, epoch);
}

/** -no-exports: the table of inodes for NFS is not needed, and takes room. */
function squashfs(directory: string, file: string, form: Form): string[] {
  return [
    'mksquashfs', directory, file, '-noappend', '-no-progress', '-quiet', '-no-exports', '-xattrs',
    ...compression(form), '-b', '256K', ...(form.exclude.length > 0 ? ['-wildcards', '-e', ...form.exclude] : []),
  ]; // prettier-ignore
}

/** Levels: gzip has nine. lz4 has none, but a slower way that packs better. xz has none; the larger its dictionary, the more memory a node needs. */
function compression({ compressor = 'zstd', level }: Form): string[] {
  const options = {
    zstd: ['-Xcompression-level', String(level)],
    gzip: ['-Xcompression-level', String(Math.min(level, 9))],
    lz4: ['-Xhc'],
    xz: [],
  };
  return ['-comp', compressor, ...options[compressor]];
}

/** erofs knows no wildcards, only regular expressions over the relative path. The UUID is fixed: the same tree, the same bytes. */
function erofs(directory: string, file: string, form: Form, epoch: number): string[] {
  const regex = (glob: string) => `^${glob.split('*').map((s) => RegExp.escape(s)).join('[^/]*')}$`; // prettier-ignore
  return [
    'mkfs.erofs', '--quiet', `-zlz4hc,${Math.min(form.level, 12)}`, `-T${epoch}`, '-U00000000-0000-0000-0000-000000000000',
    ...form.exclude.map((e) => `--exclude-regex=${regex(e)}`), file, directory,
  ]; // prettier-ignore
}
