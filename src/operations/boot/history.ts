import { z } from 'zod';
import { bootHistory, bootLog } from '../../boot/history.ts';
import { NodeName } from '../fields.ts';
import { operation } from '../operation.ts';
import { Line, Session } from './view.ts';

export const bootHistoryOf = operation({
  name: 'boot.history',
  method: 'GET',
  path: '/boot/:node/history',
  scope: 'reader',
  summary: 'Show the boots of a node, the newest first',
  input: z.strictObject({ node: NodeName, last: z.int().min(1).optional().describe('Only so many boots') }),
  output: z.array(Session),
  key: (boot) => boot.session,
  run: async ({ db }, { node, last }) => (await bootHistory(db, node)).slice(0, last),
});

export const bootLogOf = operation({
  name: 'boot.log',
  method: 'GET',
  path: '/boot/:node/log',
  // What nodes print may be for few eyes.
  scope: 'operator',
  summary: 'Show what a node said while it booted',
  input: z.strictObject({
    node: NodeName,
    session: z.string().max(64).optional().describe('An earlier boot; default: the newest'),
  }),
  output: z.array(Line),
  run: async ({ db }, { node, session }) => await bootLog(db, node, session),
});
