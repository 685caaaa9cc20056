/** Forms of differences; the texts stand in src/node/diff.ts. */
import { z } from 'zod';

export const DiffGroups = z.array(
  z.object({
    kind: z.enum(['node', 'group', 'profile']),
    change: z.enum(['add', 'change', 'remove']),
    names: z.string().describe('Name, or of nodes a node set'),
    count: z.number(),
    fields: z.array(
      z.object({
        path: z.string(),
        before: z.unknown().optional(),
        after: z.unknown().optional(),
        last: z.object({ before: z.unknown().optional(), after: z.unknown().optional() }).optional(),
      }),
    ),
  }),
);
