/** `nfs` in config.yml. */
import { z } from 'zod';
import { parseSize } from './size.ts';

const directory = z
  .string()
  .max(200)
  .regex(/^(\/[\w@%+=~-][\w@%+=.~-]*)+$/, 'must be an absolute path of letters, digits and @ % + = . ~ _ -');

/** What the kernel's client takes from us, nfs(5): names and numbers only. */
const options = z
  .string()
  .max(300)
  .regex(
    /^[a-z]\w*(=[\w.]+)?(,[a-z]\w*(=[\w.]+)?)*$/,
    'must be mount options such as rsize=1048576,nconnect=4',
  )
  .refine(
    (text) =>
      !text
        .split(',')
        .some((one) =>
          /^(rw|ro|vers|nfsvers|addr|mountaddr|clientaddr|proto|sec|bg|intr|suid|dev|exec)(=|$)/.test(one),
        ),
    'must not have what Slipway sets itself, such as vers, addr, ro or rw',
  );

export const NfsConfig = z.strictObject({
  directory: directory
    .optional()
    .describe('Where trees are kept, best a file system of their own; default: /var/lib/slipway/nfs'),
  exports: directory
    .optional()
    .describe(
      'Where they are mounted for the NFS server, and the path that nodes mount; default: /srv/slipway',
    ),
  server: z
    .enum(['kernel', 'ganesha', 'off'])
    .default('kernel')
    .describe(
      "kernel: the kernel's NFS server, by /etc/exports.d and exportfs; ganesha: nfs-ganesha, which `slipway serve` runs; off: you export the trees yourself",
    ),
  trees: z
    .enum(['auto', 'btrfs', 'overlay', 'reflink', 'copy'])
    .default('auto')
    .describe("How nodes' trees are made; auto: the first of these that the directory's file system can"),
  addresses: z
    .array(z.ipv4())
    .max(16)
    .default([])
    .describe(
      'Addresses of this NFS server for nodes; default: the one by which they reached the boot server',
    ),
  order: z
    .enum(['spread', 'listed'])
    .default('spread')
    .describe(
      'Of several servers: spread: each node begins with another one; listed: all nodes take the first that answers',
    ),
  clients: z
    .array(z.union([z.ipv4(), z.cidrv4()]))
    .max(100)
    .default([])
    .describe('Networks that may mount shared trees; default: that of the address that Slipway serves on'),
  squash: z
    .boolean()
    .default(true)
    .describe(
      'Whether all users of nodes, root too, are nobody in shared trees. What others may not read there comes to each node by HTTP, with the token of its boot, into memory. It holds for what is published from now on',
    ),
  private: z
    .string()
    .refine((text) => (parseSize(text) ?? 0) > 0, 'must be a size such as 64M or 1G')
    .default('64M')
    .describe('With squash: the most that this may be, packed; publishing more fails'),
  preload: z
    .string()
    .refine((text) => parseSize(text) !== undefined, 'must be a size such as 128M or 1G')
    .default('128M')
    .describe(
      'With squash: how much of what nodes read at their boot, as `slipway image test --mode readonly` has seen it, comes to them in one piece with the rest, unpacked. They hold it in memory, packed. 0: nothing',
    ),
  version: z
    .enum(['4.2', '4.1', '4.0', '3'])
    // Without quotes it is a number.
    .or(z.literal([4.2, 4.1, 3]).transform((number) => `${number}` as const))
    .default('4.2')
    .describe('NFS version of the nodes'),
  options: options.optional().describe('Further mount options of the nodes, nfs(5)'),
  ssh_config: z
    .string()
    .regex(/^[^\0]+$/, 'must be a path')
    .optional()
    .describe("ssh_config(5) for pushing trees to other servers, relative to this file; default: the user's"),
  destinations: z
    .array(z.string().max(400))
    .max(16)
    .default([])
    .describe('Other servers that trees may be pushed to over the API, as `slipway publish --to` has them'),
});
