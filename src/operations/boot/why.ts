import { z } from 'zod';
import { CAUSES, type CauseClass } from '../../boot/causes.ts';
import { whyNotReady } from '../../boot/why.ts';
import { NodeName, When } from '../fields.ts';
import { operation } from '../operation.ts';
import { Line } from './view.ts';

export const bootWhy = operation({
  name: 'boot.why',
  method: 'GET',
  path: '/boot/:node/why',
  scope: 'operator',
  summary: 'Say why a node is not ready: the stage, the cause, its last lines',
  input: z.strictObject({ node: NodeName }),
  output: z.object({
    node: z.string(),
    state: z.enum(['ready', 'waiting', 'overdue', 'failed']),
    image: z.string().nullable(),
    mode: z.string().nullable(),
    session: z.string().nullable(),
    stage: z.string().nullable(),
    since: When.nullable(),
    seconds: z.number().nullable(),
    usual: z.object({ median: z.number(), longest: z.number(), boots: z.number() }).nullable(),
    patience: z.number().nullable(),
    cause: z
      .object({
        class: z.enum(Object.keys(CAUSES) as [CauseClass, ...CauseClass[]]),
        what: z.string(),
        detail: z.string().nullable(),
        todo: z.string(),
      })
      .nullable(),
    lines: z.array(Line),
  }),
  run: async ({ db, installation }, { node }) =>
    await whyNotReady(db, node, installation.config.dhcp.mode !== 'off'),
});
