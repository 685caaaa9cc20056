import { WrittenGroup, WrittenNode, WrittenProfile } from '../../node/cluster/schema.ts';
import { WrittenFileSchema } from '../../node/file-schema.ts';
import { InterfaceSchema } from '../../node/interface-schema.ts';
import { code, heading, paragraph, type Block } from './document.ts';
import { jsonSchema, keys, type JsonSchema } from './schema.ts';

export function clusterReference(): Block[] {
  const profile = jsonSchema(WrittenProfile);
  const without = (schema: JsonSchema): JsonSchema => ({
    ...schema,
    properties: Object.fromEntries(
      Object.entries(schema.properties ?? {}).filter(([name]) => !profile.properties?.[name]),
    ),
  });
  return [
    heading('Cluster files'),
    paragraph(
      'A cluster file says what is to be in the registry: `slipway plan -f cluster.yml` shows the differences, `slipway apply` writes them, `slipway export` writes such a file. It is YAML 1.2 with the maps `profiles`, `groups` and `nodes`; unknown keys are errors, and all mistakes are told at once as `file:line:column`. A directory stands for all `*.yml` in it, in the order of their names.',
    ),
    code(
      'profiles:',
      '  base:',
      '    image: compute:stable',
      '    arguments: [quiet]',
      'groups:',
      '  rack1:',
      '    profiles: [base]',
      '    tags: { rack: r1 }',
      'nodes:',
      '  n[01-16]:',
      '    groups: [rack1]',
      '    macs: ["52:54:00:00:00:[01-10]"]',
      '    interfaces:',
      '      eth0: { address: "10.0.1.[1-16]/16", gateway: 10.0.0.254 }',
      '  n16:',
      '    tags: { owner: ann }',
    ),
    paragraph(
      'Keys below `nodes` are node sets. What a later entry says of the same node comes on top: single values are replaced, lists get longer, records (`tags`, `variables`, `interfaces`, `bmc`, `files`) are merged key by key. The same holds for a group or profile that stands in several files.',
    ),
    heading('Settings', 2),
    paragraph(
      'Of profiles, groups and nodes alike. In a record, `null` takes away what profiles and groups say.',
    ),
    keys(profile),
    heading('Groups', 2),
    paragraph('Besides the settings:'),
    keys(without(jsonSchema(WrittenGroup))),
    heading('Nodes', 2),
    paragraph('Besides the settings, without `description`:'),
    keys(without(jsonSchema(WrittenNode))),
    heading('Patterns', 2),
    paragraph(
      'Where a value must be another one for each node, a pattern stands for as many values as the node set has nodes: `macs`, `address`, and of interfaces `mac` and `address`; `bmc.address` may be one. The first node of the set, as it is written, gets the first value. In brackets stand numbers and ranges, `[1-4,7]`; in MAC and IPv6 addresses they are hexadecimal. Several brackets count like a clock, the last one fastest. Commas outside of brackets join patterns.',
    ),
    heading('Interfaces', 2),
    paragraph('Below `interfaces`, by the name of the interface.'),
    keys(jsonSchema(InterfaceSchema)),
    heading('Files', 2),
    paragraph(
      'Below `files`, by the absolute path in the node. Exactly one of `content`, `base64`, `source`, `builtin`, `secret`, `link` and `absent`.',
    ),
    keys(jsonSchema(WrittenFileSchema)),
  ];
}
