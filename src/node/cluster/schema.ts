/** The form of a cluster file: what the registry keeps, as people write it. */
import { z } from 'zod';
import { interfaceName } from '../fields.ts';
import { FilePathSchema, WrittenFileSchema } from '../file-schema.ts';
import { InterfaceSchema } from '../interface-schema.ts';
import { GroupSchema, NodeSchema, ProfileSchema, SettingsSchema } from '../schema.ts';

const files = z
  .record(FilePathSchema, WrittenFileSchema.nullable())
  .optional()
  .describe('Files of the node by path; null takes away what profiles or groups say');
const members = z
  .string()
  .optional()
  .describe('Its nodes, as a node set: exactly these, and those that name it');
// Checked for each node, once the pattern is spread over the nodes.
const pattern = z.string().max(100_000);

export const WrittenProfile = ProfileSchema.extend({ files }).describe('A profile');
export const WrittenGroup = GroupSchema.extend({ files, members }).describe('A group');
export const WrittenNode = NodeSchema.extend({
  files,
  macs: z
    .array(pattern)
    .max(64)
    .optional()
    .describe('MAC addresses it boots from; of several nodes patterns: 52:54:00:00:00:[01-40]'),
  address: pattern
    .optional()
    .describe('IPv4 address that full DHCP reserves; of several nodes a pattern: 10.0.1.[1-64]'),
  interfaces: z
    .record(
      interfaceName,
      InterfaceSchema.extend({
        mac: pattern.optional().describe('MAC address; the node also boots from it; or a pattern'),
        address: pattern.optional().describe('Address with prefix length; or a pattern: 10.0.1.[1-64]/16'),
      }).nullable(),
    )
    .optional()
    .describe('Network interfaces by name'),
  bmc: SettingsSchema.shape.bmc
    .unwrap()
    .extend({ address: pattern.optional().describe('Address, or a pattern') })
    .optional()
    .describe('Management controller'),
}).describe('A node');

/** Names are checked with places of their own, when entries are merged. */
export const ClusterSchema = z.strictObject({
  profiles: z.record(z.string(), WrittenProfile.nullable()).nullish().describe('Profiles by name'),
  groups: z.record(z.string(), WrittenGroup.nullable()).nullish().describe('Groups by name'),
  nodes: z
    .record(z.string(), WrittenNode.nullable())
    .nullish()
    .describe('Nodes by node set; what a later entry says of the same node comes on top'),
});
export type ClusterFile = z.infer<typeof ClusterSchema>;
export type WrittenFile = z.infer<typeof WrittenFileSchema>;
