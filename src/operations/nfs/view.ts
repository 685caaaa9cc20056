import { z } from 'zod';
import { KINDS } from '../../nfs/records.ts';
import { Digest, When } from '../fields.ts';

export const Kind = z.enum(KINDS);

/** What changes of trees tell first. */
export const TreesOf = { image: z.string().describe('Name of the image') };

export const NodeTree = z
  .object({
    ...TreesOf,
    node: z.string(),
    generation: z.number().describe('That it stands on'),
    base: Digest.describe('Of that generation'),
    kind: Kind,
    bytes: z.number().optional().describe('That its changes take up on the disk, where sizes were asked for'),
    snapshots: z.array(z.string()).describe('Names of changes that were saved'),
    path: z.string().describe('That the node mounts'),
    mounted: z.boolean().describe('Whether it is where the NFS server finds it'),
    created: When,
    refreshed: When.describe('When it got its base'),
  })
  .meta({ id: 'NodeTree' });

/** A generation. */
export const Label = z.object({ name: z.string(), generation: z.number(), digest: Digest });
