import { z } from 'zod';
import { readAudit } from '../../access/audit.ts';
import { When } from '../fields.ts';
import { operation } from '../operation.ts';

export const audit = operation({
  name: 'audit',
  method: 'GET',
  path: '/audit',
  scope: 'admin',
  summary: 'Show who changed what, and who was refused, the newest first',
  input: z.strictObject({
    count: z.int().min(1).max(10_000).default(100).describe('Most entries'),
    before: z.int().min(1).optional().describe('Only entries with a smaller id'),
    refused: z.boolean().optional().describe('Only refusals, or only the others'),
  }),
  output: z.array(
    z.object({
      id: z.number(),
      at: When,
      who: z.string(),
      client: z.string(),
      operation: z.string(),
      detail: z.string(),
      status: z.number().describe('HTTP status of the answer'),
    }),
  ),
  run: async ({ db }, { count, before, refused }) => await readAudit(db, { limit: count, before, refused }),
});
