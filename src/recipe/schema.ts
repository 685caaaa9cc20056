/**
 * The recipe's form. Everything that a recipe may say stands here and in sources/, steps.ts and
 * entries.ts, with its description: the JSON Schema for editors and docs/reference/recipe.md are made
 * from it. What needs a look at files or at other recipes is checked by load.ts.
 */
import { z } from 'zod';
import { NAME } from '../system/names.ts';
import { environmentValue, hostFile, imagePath, imageSize, variableName } from './fields.ts';
import { Source } from './sources/index.ts';
import { Step } from './steps.ts';

export { FileEntry, UserEntry } from './entries.ts';
export * from './sources/index.ts';
export { KernelStep, PackagesStep, RunStep, ServicesStep, Step } from './steps.ts';

/** What is removed before a layer is packed; all on by default. docs/reference/cleanup.md */
export const Clean = z.strictObject({
  machine_id: z.boolean().default(true).describe('empty /etc/machine-id, no /var/lib/dbus/machine-id'),
  host_keys: z.boolean().default(true).describe('no /etc/ssh/ssh_host_*'),
  logs: z.boolean().default(true).describe('no files in /var/log'),
  caches: z
    .boolean()
    .default(true)
    .describe('empty /var/cache, /root/.cache, /tmp, /var/tmp; no *-old and *- copies of passwd files'),
  resolv_conf: z.boolean().default(true).describe('no /etc/resolv.conf that the build put there'),
  apt_lists: z.boolean().default(true).describe('empty /var/lib/apt/lists'),
});

export const Pack = z
  .strictObject({
    format: z.enum(['squashfs', 'erofs']).default('squashfs').describe('File system of the packed layers'),
    compressor: z
      .enum(['zstd', 'gzip', 'xz', 'lz4'])
      .optional()
      .describe(
        'For squashfs; default: zstd, or gzip where the kernel of the release cannot read that (EL8)',
      ),
    compression: z
      .int()
      .min(1)
      .max(22)
      .optional()
      .describe(
        'Level of the compressor; default from the configuration, at most 6 for gzip (zstd up to 22, gzip 9, erofs lz4hc 12; xz and lz4 have none)',
      ),
    layers: z
      .enum(['each', 'single'])
      .default('each')
      .describe('each: one packed layer a step, little to send after a change; single: one for all'),
    exclude: z.array(imagePath).default([]).describe('Paths (with wildcards) left out of the packed layers'),
  })
  .refine((pack) => pack.format !== 'erofs' || (pack.compression ?? 1) <= 12, {
    path: ['compression'],
    error: 'must be at most 12 for erofs',
  });

export const SELinux = z.union([
  z.literal(true).transform(() => ({ policy: undefined, mode: 'enforcing' as const })),
  z.strictObject({
    policy: z
      .string()
      .regex(/^[a-z][a-z0-9_-]*$/)
      .optional()
      .describe(
        'Policy, a directory in /etc/selinux of the image; default: `default` for the source debian, else `targeted`',
      ),
    mode: z.enum(['enforcing', 'permissive']).default('enforcing').describe('What nodes do with it'),
  }),
]);

/** `null` is not a date: 2026-02-31 is none. */
function isDate(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && time >= 0 && new Date(time).toISOString().startsWith(text.replace(/Z$/, ''));
}

export const RecipeSchema = z
  .strictObject({
    name: z
      .string()
      .regex(NAME, 'must start with a letter or digit, then a-z 0-9 . _ -, at most 63 characters')
      .describe('Name of the image in the catalog'),
    description: z.string().max(500).optional().describe('One line for listings'),
    from: z
      .string()
      .min(1)
      .optional()
      .describe('image:tag whose layers this image stands on, instead of a source; or the path of a recipe'),
    source: Source.optional().describe('Where the root tree comes from; exactly one kind'),
    include: z
      .array(hostFile)
      .default([])
      .describe('Recipe fragments (`include`, `variables`, `steps`) whose steps come first'),
    variables: z
      .record(variableName, z.union([environmentValue, z.number(), z.boolean()]))
      .default({})
      .describe('Values for templates and, as environment, for run'),
    steps: z
      .array(Step)
      .default([])
      .describe('What changes the tree, in this order; each has exactly one kind'),
    selinux: SELinux.optional().describe('Label every file for SELinux, and boot with it'),
    size: imageSize
      .optional()
      .describe(
        'Of the root as nodes see it: 1500M, 1.5G, or auto for the least that fits; default: no limit',
      ),
    clean: Clean.prefault({}).describe('What is removed before packing'),
    pack: Pack.prefault({}).describe('How layers are packed'),
    date: z
      .string()
      .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/, {
        error: 'must be like 2026-01-31 or 2026-01-31T12:00:00Z',
        abort: true,
      })
      .refine(isDate, 'is no day of the calendar since 1970')
      .optional()
      .describe(
        'SOURCE_DATE_EPOCH: no file is newer; default: that variable, then the date of the archive’s release',
      ),
  })
  .describe('A Slipway recipe');

/** A file named in `include`: steps and variables only. */
export const FragmentSchema = RecipeSchema.pick({ include: true, variables: true, steps: true });

export type Recipe = z.output<typeof RecipeSchema>;
export type Fragment = z.output<typeof FragmentSchema>;
export type Clean = z.output<typeof Clean>;
export type SELinux = z.output<typeof SELinux>;
export type Pack = z.output<typeof Pack>;
