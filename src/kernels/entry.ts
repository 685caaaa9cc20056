/** What is known of a kernel of the pool: `kernel.json` beside its files. */
import { z } from 'zod';
import { digestForm } from '../image/digest-form.ts';
import { isVersion } from './version.ts';

const digest = digestForm();
const size = z.int().min(0);
const time = z.iso.datetime();
const Part = z.strictObject({ digest, size });

export const PoolInitramfs = Part.extend({
  made: time,
  /** What it was made from: an image, or this host. */
  from: z.string(),
  /** Modules that it loads. */
  modules: z.array(z.string()),
  /** Over the kernel and our dracut module: another key, and it is out of date. */
  key: z.string(),
});

export const PoolKernel = z.strictObject({
  version: z.string().refine(isVersion),
  architecture: z.enum(['amd64', 'arm64']),
  /** ISO time. */
  added: time,
  /** Where it came from, in words. */
  from: z.string(),
  vmlinuz: Part,
  /** One squashfs with `usr/lib/modules/VERSION`. */
  modules: Part.extend({
    /** Files in it. */
    count: size,
    /** Bytes of their content. */
    unpacked: size,
    compressor: z.enum(['zstd', 'gzip', 'xz', 'lz4']),
    /** SHA-256 over the modules themselves, without what depmod makes of them; see modules.ts. */
    content: z.string(),
  }),
  /** What a boot needs of a kernel and this one has; see abilities.ts. */
  abilities: z.array(z.string()),
  /** Options of its configuration that say what it can mount and unpack, where the configuration is known. */
  config: z.array(z.string()).optional(),
  initramfs: PoolInitramfs.optional(),
});

export type PoolKernel = z.infer<typeof PoolKernel>;
export type PoolInitramfs = z.infer<typeof PoolInitramfs>;
