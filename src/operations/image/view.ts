/** Forms of what is told of images; the texts stand in src/image. */
import { z } from 'zod';
import { Digest } from '../fields.ts';

const MountOf = z
  .object({
    path: z.string().describe('The tree, on this host'),
    who: z.string(),
    since: z.string(),
    active: z.boolean().describe('false: the host was restarted; the changes are kept'),
  })
  .optional()
  .describe('It is mounted to be changed; nodes boot it all the same');

export const Generation = z
  .object({
    name: z.string(),
    generation: z.number(),
    tags: z.array(z.string()),
    digest: Digest,
    created: z.string(),
    bytes: z.number().describe('Sum of layers, kernel and initramfs'),
    layers: z.number(),
    kernel: z.string().optional(),
    state: z.enum(['ready', 'broken']),
    mounted: MountOf,
  })
  .meta({ id: 'Generation' });

const Package = z.object({ name: z.string(), version: z.string(), architecture: z.string() });

export const Packages = z.array(Package.extend({ source: z.string().optional() }));

export const PackageChanges = z.object({
  added: z.array(Package),
  removed: z.array(Package),
  changed: z.array(
    z.object({ name: z.string(), architecture: z.string(), before: z.string(), after: z.string() }),
  ),
});

export const FileChange = z.object({
  path: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  type: z.enum(['file', 'directory', 'link', 'character device', 'block device', 'fifo', 'socket']),
  aspects: z
    .array(z.enum(['type', 'mode', 'owner', 'size', 'content', 'target', 'device', 'xattrs']))
    .optional(),
});

/** What differs beside packages and files. */
export const kernelChanges = {
  kernel: z.object({ before: z.string().optional(), after: z.string().optional() }).optional(),
  arguments: z.object({ before: z.array(z.string()), after: z.array(z.string()) }).optional(),
};

export const Estimate = z
  .object({
    layers: z.number(),
    overlay: z.number(),
    margin: z.number(),
    available: z.number(),
    initramfs: z.number(),
    kernel: z.number(),
    total: z.number(),
  })
  .describe('MiB');

export const GcReport = z.object({
  dryRun: z.boolean(),
  blobs: z.array(Digest),
  temporary: z.array(z.string()),
  bytes: z.number(),
  kept: z.object({ blobs: z.number(), bytes: z.number() }),
  unreadable: z.array(Digest),
});
