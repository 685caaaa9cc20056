/** Forms of boots; the texts stand in src/boot. */
import { z } from 'zod';
import { When } from '../fields.ts';

export const Session = z
  .object({
    session: z.string(),
    node: z.string(),
    mac: z.string(),
    image: z.string(),
    digest: z.string(),
    mode: z.string(),
    state: z.enum(['booting', 'ready', 'trap', 'lost']),
    started: When,
    ended: When.optional(),
    stages: z.array(
      z.object({
        name: z.string(),
        at: When.describe('When the server heard of it'),
        seconds: z.number().describe('Since the boot began'),
        step: z.number().describe('Seconds since the stage before'),
        spent: z.number().optional().describe('Seconds that a transfer took'),
        uptime: z.number().optional().describe("Seconds since the node's kernel started"),
        detail: z.string().optional(),
        bytes: z.number().optional(),
      }),
    ),
  })
  .meta({ id: 'Boot' });

export const Line = z.object({
  at: When,
  source: z.string(),
  line: z.string(),
  authentic: z
    .boolean()
    .describe('Came with the token of the session; others can be sent by whoever has the address'),
});
