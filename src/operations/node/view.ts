import { z } from 'zod';
import { FileSchema, InterfaceSchema, NodeSchema } from '../../node/schema.ts';

/** What is said of a node by a caller. Three fields have errors of their own, with what to do about them. */
export const Settings = NodeSchema.extend({
  macs: z.array(z.string().max(100)).max(64).optional().describe('MAC addresses it boots from'),
  arguments: z
    .array(z.string().max(1000))
    .max(200)
    .optional()
    .describe('Kernel arguments; !name takes one away'),
  address: z.string().max(100).optional().describe('IPv4 address that full DHCP reserves'),
});

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
    arguments: z.array(z.string()),
    overlay: z.string().optional(),
    trap: z.enum(['shell', 'poweroff', 'reboot', 'halt']).optional(),
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
