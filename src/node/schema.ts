/**
 * What can be said of nodes. The same settings stand in a profile, a group or a
 * node; resolve.ts lays them over each other. This schema is the form of
 * `cluster.yml`, of the API and of what the registry keeps, but for the contents
 * of files, which are kept by digest.
 */
import { z } from 'zod';
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import { SlipwayError } from '../system/errors.ts';
import { NAME } from '../system/names.ts';
import { normalizeMac } from './mac.ts';

/** Makes a check of our own speak zod: the message of a SlipwayError becomes an issue. */
function checked<T>(check: (value: T) => T) {
  return (value: T, context: z.RefinementCtx): T => {
    try {
      return check(value);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      context.addIssue({ code: 'custom', message: `${error.message}: ${error.why}` });
      return z.NEVER;
    }
  };
}

export const nameSchema = z.string().regex(NAME, 'must be a name: a-z 0-9 . _ - and at most 63 characters');
const text = (limit: number) =>
  z
    .string()
    .max(limit)
    .regex(/^\P{Cc}*$/u, 'must not have control characters');

/** Free words that end in file names, scripts and labels of others: without what quotes or expands there. */
const words = text(1000).regex(/^[^"'`\\$<>{}]*$/, 'must not have quotes, backslashes or any of $ < > { }');

const reference = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9][a-z0-9._-]*(:[a-z0-9][a-z0-9._-]*)?$/,
    'must be an image reference: NAME, NAME:TAG or sha256:…',
  );

export const interfaceName = z
  .string()
  .regex(/^[a-zA-Z0-9][\w.:-]{0,14}$/, 'must be the name of an interface');
const domain = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9_]([\w.-]*\w)?$/, 'must be a domain');

export const MacSchema = z.string().transform(checked(normalizeMac)).pipe(z.string());

/** An argument, or `!name`: takes away what a profile or group said of `name`. */
export const ArgumentSchema = z
  .string()
  .max(1000)
  .transform(
    checked((argument: string) =>
      argument.startsWith('!') ? '!' + checkKernelArgument(argument.slice(1)) : checkKernelArgument(argument),
    ),
  )
  .pipe(z.string());

const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);
const ip = z.union([z.ipv4(), z.ipv6()]);

/** As the kernel's bonding driver names them. */
export const BOND_MODES = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const;

export const InterfaceSchema = z
  .strictObject({
    mac: MacSchema.optional().describe('MAC address; the node also boots from it'),
    address: cidr.optional().describe('Address with prefix length, such as 10.0.0.7/16'),
    gateway: ip.optional().describe('Default gateway'),
    dns: z.array(ip).optional().describe('Name servers'),
    search: z.array(domain).optional().describe('Domains to search'),
    mtu: z.int().min(68).max(65535).optional().describe('Largest packet, bytes'),
    dhcp: z.boolean().optional().describe('Ask for an address by DHCP'),
    parent: interfaceName.optional().describe('Interface below a VLAN'),
    vlan: z.int().min(1).max(4094).optional().describe('VLAN number'),
    bond: z.array(interfaceName).min(1).optional().describe('Interfaces that this bond joins'),
    bond_mode: z.enum(BOND_MODES).optional().describe('How a bond works'),
    bridge: z.array(interfaceName).min(1).optional().describe('Interfaces that this bridge joins'),
  })
  .describe('A network interface');

const owner = z.string().regex(/^(\d{1,9}|[a-z_][a-z0-9_-]{0,31}\$?)$/, 'must be a name or a number');

/** What can be said of a file, but for the content itself. */
const fileFields = {
  builtin: nameSchema.optional().describe('Content that Slipway makes itself, such as hosts'),
  secret: nameSchema.optional().describe('Name of the secret that is the content'),
  link: text(1000).min(1).optional().describe('Makes it a symbolic link to this'),
  absent: z.literal(true).optional().describe('Removes what the image has there'),
  template: z.boolean().optional().describe('The content is a template; default: false'),
  mode: z
    .string()
    .regex(/^0?[0-7]{3,4}$/, 'must be an octal mode such as 0644')
    .optional()
    .describe('Permissions; default: 0644, of secrets 0600'),
  owner: owner.optional().describe('User; default: root'),
  group: owner.optional().describe('Group; default: root'),
  refresh: z.boolean().optional().describe('Running nodes fetch it again when it changed'),
  run: text(1000).optional().describe('Command that a running node runs after a refresh changed it'),
};
const KINDS = ['builtin', 'secret', 'link', 'absent'] as const;

function oneOf<T extends string>(kinds: readonly T[]) {
  const message = `needs exactly one of ${kinds.join(', ')}`;
  return [
    (file: Partial<Record<T, unknown>>) => kinds.filter((kind) => file[kind] !== undefined).length === 1,
    { message },
  ] as const;
}

/** What is kept of a file. `content` is a digest of file_content. */
export const FileSchema = z
  .strictObject({
    content: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .optional()
      .describe('Digest of the content'),
    ...fileFields,
  })
  .refine(...oneOf(['content', ...KINDS]))
  .describe('A file of the node');

/** The same as a user writes it: with the content, or where that is. */
export const WrittenFileSchema = z
  .strictObject({
    content: z.string().optional().describe('The content as text'),
    base64: z.base64().optional().describe('The content, base64'),
    source: z
      .string()
      .min(1)
      .max(1000)
      .optional()
      .describe('File with the content, relative to the directory of the cluster file and in it'),
    ...fileFields,
  })
  .refine(...oneOf(['content', 'base64', 'source', ...KINDS]))
  .describe('A file of the node');

/** The same as it is sent to a server: no file is named that the server would read. */
export const SentFileSchema = z
  .strictObject({
    content: z.string().optional().describe('The content as text'),
    base64: z.base64().optional().describe('The content, base64'),
    ...fileFields,
  })
  .refine(...oneOf(['content', 'base64', ...KINDS]))
  .describe('A file of the node');

/** Absolute, normal, and no place that the boot itself needs. */
export const FilePathSchema = z
  .string()
  .max(1000)
  .regex(/^(\/[^/\p{Cc}]+)+$/u, 'must be an absolute path without // and without / at the end')
  .refine(
    (path) => !path.split('/').some((part) => part === '.' || part === '..'),
    'must not have . or .. in it',
  )
  .refine((path) => !/^\/(proc|sys|dev|run\/slipway)(\/|$)/.test(path), 'is no place for files of a node');

/** Levels of lists and maps in a value for templates. */
const DEPTH = 20;

/** What JSON can say; not as z.json() looks at it, which follows a value however deep it goes. */
const variable = z.unknown().superRefine((value, context) => {
  const message = wrongValue(value, 0);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

function wrongValue(value: unknown, depth: number): string | undefined {
  if (value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value))
    return undefined;
  const plain = typeof value === 'object' && value !== null;
  if (!plain || !(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype))
    return 'must be what JSON can say: text, number, true, false, null, a list or a map';
  if (depth >= DEPTH) return `must not have lists and maps more than ${DEPTH} levels deep`;
  if (Object.hasOwn(value, '__proto__')) return 'must not have a key __proto__';
  for (const one of Object.values(value)) {
    const found = wrongValue(one, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const key = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a word: a-z 0-9 _');

/** In a record, null takes away what profiles or groups say. */
/** Their words become kernel arguments too, in this order: as the equipment profiles of BlueBanquise have them. */
export const IPXE_ARGUMENTS = ['eq-console', 'eq-kernel-parameters', 'dedicated-kernel-parameters'] as const;

const ipxeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be the name of an iPXE variable: a-z 0-9 -')
  .refine(
    (name) => !/^(net|ip|mac|next-server|filename|uuid|platform)/.test(name),
    'is a variable of iPXE itself',
  );

/** Words, each of which iPXE takes as it is and the kernel takes for one argument. */
const ipxeValue = z
  .string()
  .max(1000)
  .transform(
    checked((value: string) => {
      const words = value.split(' ').filter(Boolean);
      words.forEach(checkKernelArgument);
      return words.join(' ');
    }),
  )
  .pipe(z.string());

export const SettingsSchema = z.strictObject({
  architecture: z.enum(['amd64', 'arm64']).optional().describe('Architecture; default: amd64'),
  image: reference.optional().describe('Image reference to boot; a tag is looked up at each boot'),
  mode: nameSchema.optional().describe('How it is booted; default: ram'),
  boot: nameSchema
    .optional()
    .describe(
      'What it boots: image (default), disk, next (what its firmware has next), or one of `targets` in the configuration',
    ),
  ipxe: z
    .record(ipxeName, ipxeValue.nullable())
    .optional()
    .describe(
      'iPXE variables for the scripts of targets; the words of eq-console, eq-kernel-parameters and dedicated-kernel-parameters are kernel arguments of images too',
    ),
  arguments: z.array(ArgumentSchema).max(200).optional().describe('Kernel arguments; !name takes one away'),
  overlay: z
    .string()
    .regex(/^(tmpfs|zram) ([1-9]\d?%|100%|[1-9]\d{0,5}[MG])$/)
    .optional()
    .describe('Writable layer: tmpfs SIZE or zram SIZE'),
  trap: z
    .enum(['shell', 'poweroff', 'reboot', 'halt'])
    .optional()
    .describe('What a node does when its boot failed'),
  writable: z
    .enum(['all', 'tables'])
    .optional()
    .describe(
      'Mode readonly: what can be written, all or what rwtab and statetab name; default: as published',
    ),
  state: z
    .enum(['none', 'nfs', 'local'])
    .optional()
    .describe(
      'Mode readonly: where what statetab names is kept: on the NFS server, or on a partition of the node with the label stateless-state; default: as published',
    ),
  tags: z
    .record(nameSchema, words.nullable())
    .optional()
    .describe('Words for sorting nodes: rack, row, owner'),
  variables: z.record(key, variable).optional().describe('Values for templates'),
  interfaces: z
    .record(interfaceName, InterfaceSchema.nullable())
    .optional()
    .describe('Network interfaces by name'),
  bmc: z
    .strictObject({
      address: text(255)
        .regex(/^[\w.:-]+$/)
        .optional(),
      port: z.int().min(1).max(65535).optional(),
    })
    .optional()
    .describe('Management controller'),
  files: z.record(FilePathSchema, FileSchema.nullable()).optional().describe('Files of the node by path'),
  ssh_host_keys: z
    .boolean()
    .optional()
    .describe('Give the node ssh host keys that stay the same; default: true'),
});
export type Settings = z.infer<typeof SettingsSchema>;
export type FileSpec = z.infer<typeof FileSchema>;
export type Interface = z.infer<typeof InterfaceSchema>;

export const ProfileSchema = SettingsSchema.extend({ description: text(300).optional() });
export const GroupSchema = ProfileSchema.extend({
  order: z
    .int()
    .min(-1000)
    .max(1000)
    .optional()
    .describe('Groups of a higher order win over lower ones; default: 0'),
  profiles: z.array(nameSchema).max(100).optional().describe('Profiles of its nodes, later ones win'),
});
export const NodeSchema = SettingsSchema.extend({
  macs: z.array(MacSchema).max(64).optional().describe('MAC addresses it boots from'),
  address: z
    .ipv4()
    .refine((one) => !/^(0|127|22[4-9]|2[34]\d|25[0-5])\./.test(one), 'must be the address of one machine')
    .optional()
    .describe('IPv4 address that full DHCP reserves'),
  groups: z.array(nameSchema).max(100).optional().describe('Groups it belongs to'),
  profiles: z.array(nameSchema).max(100).optional().describe('Profiles, later ones win'),
});
export type ProfileDocument = z.infer<typeof ProfileSchema>;
export type GroupDocument = z.infer<typeof GroupSchema>;
export type NodeDocument = z.infer<typeof NodeSchema>;
