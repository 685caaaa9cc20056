/**
 * What can be said of nodes. The same settings stand in a profile, a group or a
 * node; resolve.ts lays them over each other. This schema is the form of
 * `cluster.yml`, of the API and of what the registry keeps, but for the contents
 * of files, which are kept by digest.
 */
import { z } from 'zod';
import { checkKernelArgument } from '../boot/kernel-arguments.ts';
import { Overlay, TrapAction } from '../system/boot-settings.ts';
import {
  ArgumentSchema,
  checked,
  interfaceName,
  MacSchema,
  nameSchema,
  reference,
  text,
  words,
} from './fields.ts';
import { FilePathSchema, FileSchema } from './file-schema.ts';
import { InterfaceSchema } from './interface-schema.ts';
import { VariableSchema, variableName } from './variable-schema.ts';

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

/** In a record, null takes away what profiles or groups say. */
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
  overlay: Overlay.optional().describe('Writable layer: tmpfs SIZE or zram SIZE'),
  trap: TrapAction.optional().describe('What a node does when its boot failed'),
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
  variables: z.record(variableName, VariableSchema).optional().describe('Values for templates'),
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
