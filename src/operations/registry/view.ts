/** Forms of differences and of what was written; the texts stand in src/node/diff.ts. */
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

/** With it a plan that was looked at is written, or nothing. */
export const Revision = z
  .int()
  .min(0)
  .describe('Of the plan that was looked at: refused if the registry has changed since');

export const Written = z
  .number()
  .nullable()
  .describe('Number of the change; null: there was nothing to change');
