/**
 * The recipe's form. Everything that a recipe may say stands here, with its
 * description: the JSON Schema for editors and docs/reference/recipe.md are made from it.
 */
import { z } from 'zod';
import { NAME } from '../system/names.ts';

const name = z.string().regex(NAME, 'must start with a letter or digit, then a-z 0-9 . _ -, at most 63 characters');
const packageName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9+._:~-]*(=[A-Za-z0-9+._:~-]+)?$/, 'must be a package name, optionally name=version');
/** Path inside the image: absolute, normalized by the loader, never with `..`. */
const imagePath = z
  .string()
  .regex(/^\/[^\0\n]*$/, 'must be an absolute path inside the image')
  .refine((p) => !p.split('/').includes('..'), 'must not contain ..');
const mode = z.string().regex(/^[0-7]{3,4}$/, 'must be an octal mode in quotes, such as "0644"');
const owner = z.string().regex(/^([a-z_][a-z0-9_-]*|\d+)(:([a-z_][a-z0-9_-]*|\d+))?$/, 'must be user or user:group, by name or number');
const unit = z.string().regex(/^[A-Za-z0-9:_.@\\-]+$/, 'must be a systemd unit name');

export const DebianSource = z.strictObject({
  suite: z.string().regex(/^[a-z][a-z0-9.-]*$/).describe('Debian or Ubuntu suite, such as bookworm or noble'),
  variant: z.enum(['essential', 'apt', 'minbase', 'standard', 'important', 'required']).default('minbase').describe('mmdebstrap variant'),
  architecture: z.enum(['amd64', 'arm64']).optional().describe("Default: the host's"),
  mirror: z.union([z.url(), z.array(z.url())]).optional().describe('Archive URLs; default: the configured one, then what mmdebstrap uses'),
  snapshot: z.string().regex(/^\d{8}T\d{6}Z$/).optional().describe('Date of a snapshot archive, such as 20260101T000000Z; needs mirror to name that archive, with {snapshot} where the date goes'),
  components: z.array(z.string().regex(/^[a-z0-9/-]+$/)).default(['main']).describe('Archive components'),
  keyring: z.string().optional().describe('Keyring file that must have signed the archive, relative to the recipe; default: the distribution’s'),
  proxy: z.url().optional().describe('HTTP proxy for packages, such as apt-cacher-ng'),
  packages: z.array(packageName).default([]).describe('Packages to install together with the base'),
  exclude: z.array(z.string().regex(/^\/[^\n]*$/)).default([]).describe('dpkg path patterns never to unpack, such as /usr/share/doc/*'),
});

export const ArchiveSource = z.strictObject({
  path: z.string().min(1).describe('tar file (any compression that tar knows), relative to the recipe'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/).optional().describe('Refuse any other content'),
  strip: z.int().min(0).max(16).default(0).describe('Leading path components to remove'),
});

export const DirectorySource = z.strictObject({
  path: z.string().min(1).describe('A root tree, relative to the recipe'),
});

export const Source = z.union([
  z.strictObject({ debian: DebianSource }),
  z.strictObject({ archive: ArchiveSource }),
  z.strictObject({ directory: DirectorySource }),
]);

export const FileEntry = z.union([
  z.strictObject({
    to: imagePath,
    copy: z.string().min(1).describe('File or directory beside the recipe'),
    mode: mode.optional(),
    owner: owner.optional(),
  }),
  z.strictObject({
    to: imagePath,
    content: z.string().describe('Text of the file, as it is'),
    mode: mode.optional(),
    owner: owner.optional(),
  }),
  z.strictObject({
    to: imagePath,
    template: z.string().min(1).describe('LiquidJS template beside the recipe; sees the recipe’s variables'),
    mode: mode.optional(),
    owner: owner.optional(),
  }),
  z.strictObject({ to: imagePath, link: z.string().min(1).max(4095).describe('Target of a symbolic link') }),
  z.strictObject({ to: imagePath, directory: z.literal(true), mode: mode.optional(), owner: owner.optional() }),
  z.strictObject({ remove: imagePath.describe('File or tree to remove') }),
  z.strictObject({ to: imagePath, mode: mode.optional(), owner: owner.optional() }),
]);

const hashed = z.string().regex(/^(\$[a-z0-9]+\$[^\s:]+|[*!]+)$/, 'must be a crypt(5) hash, such as from mkpasswd -m yescrypt, never a clear password');

export const UserEntry = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/),
  uid: z.int().min(0).max(4_294_967_294).optional(),
  group: z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/).optional().describe('Primary group; default: one of the same name'),
  groups: z.array(z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/)).default([]).describe('Further groups; must exist'),
  system: z.boolean().default(false),
  home: imagePath.optional(),
  shell: imagePath.optional(),
  password: z
    .union([hashed, z.strictObject({ prompt: z.literal(true) }), z.strictObject({ file: z.string().min(1) })])
    .optional()
    .describe('crypt(5) hash; or {prompt: true} to be asked; or {file: F} with a hash or a clear password (0600), hashed at once'),
  locked: z.boolean().default(false),
  ssh_keys: z.array(z.string().min(1)).default([]).describe('Public keys, or files beside the recipe that hold them'),
  sudo: z.boolean().default(false).describe('May run everything by sudo without a password'),
});

export const PackagesStep = z.strictObject({
  install: z.array(packageName).default([]),
  remove: z.array(packageName).default([]),
  recommends: z.boolean().default(false).describe('Install recommended packages too'),
});
export const RunStep = z.strictObject({
  script: z.string().optional().describe('Text of the script'),
  file: z.string().optional().describe('Script beside the recipe, instead of script'),
  interpreter: z.array(z.string().min(1)).min(1).default(['/bin/sh', '-eu']).describe('Program and arguments that read the script'),
  network: z.boolean().default(false).describe('Whether the script may use the network; then its result is cached by its text alone'),
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  inputs: z.array(z.string().min(1)).default([]).describe('Files beside the recipe that the script reads under /run/slipway/inputs'),
});
export const ServicesStep = z.strictObject({
  enable: z.array(unit).default([]),
  disable: z.array(unit).default([]),
  mask: z.array(unit).default([]),
});
export const KernelStep = z.strictObject({
  package: packageName.optional().describe('Kernel package; without it a kernel that the tree already has'),
  version: z.string().regex(/^[A-Za-z0-9+._~-]+$/).optional().describe('Which one, where the tree has several'),
  arguments: z.array(z.string().regex(/^[^\s"\0]+$/, 'one argument each, without blanks and quotes')).default([]).describe('Kernel command line'),
  modules: z.array(z.string().regex(/^[A-Za-z0-9_-]+$/)).default([]).describe('Modules to load in the initramfs'),
});

const title = z.string().max(100).optional().describe('What progress lines call this step');
export const Step = z.union([
  z.strictObject({ packages: z.union([z.array(packageName).transform((install) => ({ install, remove: [], recommends: false })), PackagesStep]), title }),
  z.strictObject({ files: z.array(FileEntry).min(1), title }),
  z.strictObject({ run: z.union([z.string().transform((script) => RunStep.parse({ script })), RunStep]), title }),
  z.strictObject({ users: z.array(UserEntry).min(1), title }),
  z.strictObject({ services: ServicesStep, title }),
  z.strictObject({ kernel: KernelStep, title }),
]);

/** What is removed before a layer is packed; all on by default. docs/reference/cleanup.md */
export const Clean = z.strictObject({
  machine_id: z.boolean().default(true).describe('empty /etc/machine-id, no /var/lib/dbus/machine-id'),
  host_keys: z.boolean().default(true).describe('no /etc/ssh/ssh_host_*'),
  logs: z.boolean().default(true).describe('no files in /var/log'),
  caches: z.boolean().default(true).describe('empty /var/cache, /root/.cache, /tmp, /var/tmp; no *-old and *- copies of passwd files'),
  resolv_conf: z.boolean().default(true).describe('no /etc/resolv.conf that the build put there'),
  apt_lists: z.boolean().default(true).describe('empty /var/lib/apt/lists'),
});

export const Pack = z.strictObject({
  format: z.enum(['squashfs', 'erofs']).default('squashfs'),
  compression: z.int().min(1).max(22).optional().describe('zstd level; default from the configuration (erofs: lz4hc level, at most 12)'),
  layers: z.enum(['each', 'single']).default('each').describe('each: one packed layer a step, little to send after a change; single: one for all'),
  exclude: z.array(imagePath).default([]).describe('Paths (with wildcards) left out of the packed layers'),
});

export const RecipeSchema = z
  .strictObject({
    name,
    description: z.string().max(500).optional(),
    from: z.string().optional().describe('image:tag whose layers this image stands on, instead of a source; or the path of a recipe'),
    source: Source.optional(),
    include: z.array(z.string().min(1)).default([]).describe('Recipe fragments whose steps come first'),
    variables: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.union([z.string(), z.number(), z.boolean()])).default({}).describe('Values for templates and, as environment, for run'),
    steps: z.array(Step).default([]),
    clean: Clean.prefault({}),
    pack: Pack.prefault({}),
    date: z.string().regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/).optional().describe('SOURCE_DATE_EPOCH: no file is newer; default: date of the archive’s release'),
  })
  .describe('A Slipway recipe');

/** A file named in `include`: steps and variables only. */
export const FragmentSchema = RecipeSchema.pick({ include: true, variables: true, steps: true });

export type Recipe = z.output<typeof RecipeSchema>;
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
