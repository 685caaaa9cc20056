import { z } from 'zod';
import { diagnose } from '../../doctor/diagnose.ts';
import { silent } from '../../system/events.ts';
import { operation } from '../operation.ts';

export const doctor = operation({
  name: 'doctor',
  method: 'GET',
  path: '/doctor',
  // It starts programs and takes seconds.
  scope: 'operator',
  summary: 'Find out what the server can build, serve and boot',
  input: z.strictObject({}),
  output: z.object({
    ready: z.boolean(),
    host: z.object({
      system: z.string(),
      family: z.enum(['debian', 'redhat', 'suse']).optional(),
      architecture: z.string(),
      kernel: z.string(),
      cpus: z.number(),
      memory: z.number().describe('Bytes'),
      disk: z.number().describe('Free bytes where images are kept'),
      root: z.boolean(),
    }),
    checks: z.array(
      z.object({
        id: z.string(),
        area: z.enum(['host', 'build', 'serve', 'boot']),
        title: z.string(),
        state: z.enum(['ok', 'limited', 'no']),
        detail: z.string(),
        todo: z.string().optional(),
      }),
    ),
    tools: z.array(z.object({ name: z.string(), path: z.string(), version: z.string().optional() })),
    missing: z.array(z.object({ probe: z.string(), package: z.string().optional(), for: z.string() })),
    install: z.partialRecord(z.enum(['debian', 'redhat', 'suse']), z.string()),
  }),
  run: async ({ installation, signal }) => await diagnose(installation, silent, signal),
});
