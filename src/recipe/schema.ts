/**
 * The recipe's form. Everything that a recipe may say stands here, with its
 * description: the JSON Schema for editors and docs/reference/recipe.md are made from it.
 * What needs a look at files or at other recipes is checked by load.ts.
 */
import { z } from 'zod';
import { NAME } from '../system/names.ts';
import { FileEntry, UserEntry } from './entries.ts';
import { archiveUrl, imagePath, kernelModule, packageName, proxyUrl, unit, variableName } from './fields.ts';

export { FileEntry, UserEntry } from './entries.ts';

export const DebianSource = z
  .strictObject({
    suite: z
      .string()
      .regex(/^[a-z][a-z0-9.-]*$/, 'must be the name of a suite')
      .describe('Debian or Ubuntu suite, such as bookworm or noble'),
    variant: z
      .enum(['essential', 'apt', 'minbase', 'standard', 'important', 'required'])
      .default('minbase')
      .describe('How much the base has, as mmdebstrap names it'),
    architecture: z
      .enum(['amd64', 'arm64'])
      .optional()
      .describe('Of the image; default: as the building host'),
    mirror: z
      .union([archiveUrl, z.array(archiveUrl).min(1)])
      .optional()
      .describe('Archive URL, or several; default: the configured one, then what mmdebstrap uses'),
    snapshot: z
      .string()
      .regex(/^\d{8}T\d{6}Z$/, 'must be a date such as 20260101T000000Z')
      .optional()
      .describe('Date of a snapshot archive, such as 20260101T000000Z; put in for `{snapshot}` in `mirror`'),
    components: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9/-]*$/, 'must be the name of a component'))
      .min(1)
      .default(['main'])
      .describe('Archive components'),
    keyring: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Keyring file that must have signed the archive, relative to the recipe; default: the distribution’s',
      ),
    proxy: proxyUrl.optional().describe('HTTP proxy for packages, such as apt-cacher-ng'),
    packages: z.array(packageName).default([]).describe('Packages to install together with the base'),
    exclude: z
      .array(z.string().regex(/^\/[^\0\n\r]*$/, 'must be an absolute path pattern'))
      .default([])
      .describe('dpkg path patterns never to unpack, such as `/usr/share/doc/*`, now and in later steps'),
  })
  .refine((s) => s.snapshot === undefined || [s.mirror ?? []].flat().some((m) => m.includes('{snapshot}')), {
    path: ['snapshot'],
    error: 'needs a mirror with {snapshot} in its URL',
  })
  .refine((s) => s.snapshot !== undefined || ![s.mirror ?? []].flat().some((m) => m.includes('{snapshot}')), {
    path: ['mirror'],
    error: 'has {snapshot}, but the recipe names no snapshot',
  });

export const ArchiveSource = z.strictObject({
  path: z.string().min(1).describe('tar file (any compression that tar knows), relative to the recipe'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits')
    .optional()
    .describe('SHA-256 of the file; any other content is refused'),
  strip: z.int().min(0).max(16).default(0).describe('Leading path components to remove'),
});

export const DirectorySource = z.strictObject({
  path: z.string().min(1).describe('A root tree, relative to the recipe'),
});

export const Source = z
  .union([
    z.strictObject({ debian: DebianSource.describe('Packages of Debian or Ubuntu, by mmdebstrap') }),
    z.strictObject({ archive: ArchiveSource.describe('A packed root tree') }),
    z.strictObject({ directory: DirectorySource.describe('A root tree on this host') }),
  ])
  .meta({ title: 'source' });

export const PackagesStep = z.strictObject({
  install: z.array(packageName).default([]).describe('Packages to install, as `name` or `name=version`'),
  remove: z.array(packageName).default([]).describe('Packages to remove, with their configuration'),
  recommends: z.boolean().default(false).describe('Install recommended packages too'),
});

const hostFile = z.string().min(1);
const environmentValue = z.string().regex(/^[^\0]*$/, 'must not contain NUL');

export const RunStep = z
  .strictObject({
    script: z.string().optional().describe('Text of the script; this or `file`'),
    file: hostFile.optional().describe('Script beside the recipe, instead of `script`'),
    interpreter: z
      .array(environmentValue.min(1))
      .min(1)
      .default(['/bin/sh', '-eu'])
      .describe('Program of the image, with arguments, that reads the script'),
    network: z
      .boolean()
      .default(false)
      .describe('Whether the script may use the network; what it fetches is not part of the cache key'),
    environment: z
      .record(variableName, environmentValue)
      .default({})
      .describe('Further environment variables'),
    inputs: z
      .array(hostFile)
      .default([])
      .describe('Files beside the recipe that the script finds under /run/slipway/inputs'),
  })
  .refine((run) => (run.script === undefined) !== (run.file === undefined), {
    error: 'needs either script or file',
  });

export const ServicesStep = z.strictObject({
  enable: z.array(unit).default([]).describe('systemd units to start at boot'),
  disable: z.array(unit).default([]).describe('systemd units not to start at boot'),
  mask: z.array(unit).default([]).describe('systemd units that nothing may start'),
});

export const KernelStep = z.strictObject({
  package: packageName
    .optional()
    .describe('Kernel package to install; without it a kernel that the tree already has'),
  version: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9+._~-]*$/, 'must be a kernel version, as in /lib/modules')
    .optional()
    .describe('Which kernel, where the tree has several'),
  arguments: z
    .array(z.string().regex(/^[^\s"\0]+$/, 'must be one argument, without blanks and quotes'))
    .default([])
    .describe('Kernel command line, one argument an entry'),
  modules: z.array(kernelModule).default([]).describe('Modules to have, and to load, in the initramfs'),
});

const title = z.string().max(100).optional().describe('What progress lines call this step');

export const Step = z
  .union([
    z.strictObject({
      packages: z
        .union([
          z.array(packageName).transform((install) => ({ install, remove: [], recommends: false })),
          PackagesStep,
        ])
        .describe('Install and remove packages; a list is short for `install`'),
      title,
    }),
    z.strictObject({ files: z.array(FileEntry).min(1).describe('Put, change and remove files'), title }),
    z.strictObject({
      run: z
        .union([z.string().transform((script) => RunStep.parse({ script })), RunStep])
        .describe('Run a script in the image’s tree; text is short for `script`'),
      title,
    }),
    z.strictObject({ users: z.array(UserEntry).min(1).describe('Make or change users'), title }),
    z.strictObject({ services: ServicesStep.describe('Enable, disable and mask systemd units'), title }),
    z.strictObject({
      kernel: KernelStep.describe('The kernel that nodes boot, and its command line'),
      title,
    }),
  ])
  .meta({ title: 'step' });

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
    compression: z
      .int()
      .min(1)
      .max(22)
      .optional()
      .describe('zstd level; default from the configuration (erofs: lz4hc level, at most 12)'),
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
export type Source = z.output<typeof Source>;
export type Step = z.output<typeof Step>;
export type DebianSource = z.output<typeof DebianSource>;
export type ArchiveSource = z.output<typeof ArchiveSource>;
export type DirectorySource = z.output<typeof DirectorySource>;
export type PackagesStep = z.output<typeof PackagesStep>;
export type FileEntry = z.output<typeof FileEntry>;
export type RunStep = z.output<typeof RunStep>;
export type UserEntry = z.output<typeof UserEntry>;
export type ServicesStep = z.output<typeof ServicesStep>;
export type KernelStep = z.output<typeof KernelStep>;
export type Clean = z.output<typeof Clean>;
export type Pack = z.output<typeof Pack>;
