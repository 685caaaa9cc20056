/** Forms of nodes, and of what changes them. */
import { z } from 'zod';
import type { Edit, ListKey } from '../../node/edit.ts';
import { FileSchema } from '../../node/file-schema.ts';
import { InterfaceSchema } from '../../node/interface-schema.ts';
import { GroupSchema, NodeSchema } from '../../node/schema.ts';
import { TrapAction } from '../../system/boot-settings.ts';

/** Of several nodes these may be patterns; what they mean has errors of its own, with what to do about them. */
const loose = {
  macs: z.array(z.string().max(1000)).max(64).optional().describe('MAC addresses it boots from'),
  arguments: z
    .array(z.string().max(1000))
    .max(200)
    .optional()
    .describe('Kernel arguments; !name takes one away'),
  address: z.string().max(1000).optional().describe('IPv4 address that full DHCP reserves'),
  interfaces: z
    .record(
      z.string().max(15),
      InterfaceSchema.extend({
        mac: z.string().max(1000).optional(),
        address: z.string().max(1000).optional(),
      }).nullable(),
    )
    .optional()
    .describe('Network interfaces by name'),
  bmc: z
    .strictObject({ address: z.string().max(1000).optional(), port: z.int().min(1).max(65535).optional() })
    .optional()
    .describe('Management controller'),
};

/** What is said of nodes, groups and profiles: their documents have what these may have. */
export const Settings = NodeSchema.extend(GroupSchema.shape).extend(loose);

const Words = z.array(z.string().max(1000)).max(200);
const Lists = z.strictObject({
  macs: Words.optional(),
  arguments: Words.optional(),
  groups: Words.optional(),
  profiles: Words.optional(),
});

/** A change piece by piece, done in this order; what is not named stays. */
export const edit = {
  unset: z
    .array(z.tuple([Settings.keyof()]).rest(z.string().max(1000)))
    .max(200)
    .optional()
    .describe('What goes: ["image"], ["tags", "rack"]'),
  set: Settings.optional().describe('Values and lists are replaced; records are changed key by key'),
  remove: Lists.optional().describe('What goes from lists'),
  add: Lists.optional().describe('What comes to the ends of lists'),
};

/** The input for an edit. */
export function inputOf({ unset, set, remove, add }: Edit) {
  return {
    ...(unset && { unset: unset.map(([key, ...rest]): [typeof key, ...string[]] => [key, ...rest]) }),
    ...(set && { set }),
    ...(remove && { remove: lists(remove) }),
    ...(add && { add: lists(add) }),
  };
}

function lists(all: Partial<Record<ListKey, readonly string[]>>): z.input<typeof Lists> {
  return Object.fromEntries(Object.entries(all).map(([key, list]) => [key, [...list]]));
}

/** What holds for a node: its own settings over those of its groups and profiles. */
export const NodeView = z
  .object({
    id: z.string(),
    name: z.string(),
    macs: z.array(z.string()),
    groups: z.array(z.string()),
    profiles: z.array(z.string()),
    architecture: z.enum(['amd64', 'arm64']),
    image: z.string().optional(),
    mode: z.string().optional(),
    boot: z.string().optional(),
    ipxe: z.record(z.string(), z.string()),
    arguments: z.array(z.string()),
    overlay: z.string().optional(),
    trap: TrapAction.optional(),
    writable: z.enum(['all', 'tables']).optional(),
    state: z.enum(['none', 'nfs', 'local']).optional(),
    tags: z.record(z.string(), z.string()),
    variables: z.record(z.string(), z.unknown()),
    interfaces: z.record(z.string(), z.object(InterfaceSchema.shape)),
    bmc: z.object({ address: z.string().optional(), port: z.number().optional() }),
    files: z.record(z.string(), z.object(FileSchema.shape)),
    ssh_host_keys: z.boolean(),
    address: z.string().optional(),
    origin: z.enum(['admin', 'registered']),
    created: z.string(),
    updated: z.string(),
  })
  .meta({ id: 'Node' });
