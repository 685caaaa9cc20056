import { z } from 'zod';
import { listChanges, showChange, undoChange } from '../../node/history.ts';
import { Nodes, When } from '../fields.ts';
import { operation } from '../operation.ts';
import { DiffGroups } from './view.ts';

const Change = z.object({
  id: z.number(),
  at: When,
  who: z.string(),
  via: z.string().describe('cli, api or server'),
  summary: z.string(),
  count: z.number().describe('Nodes, groups and profiles in it'),
  undoes: z.number().nullable(),
  undone: z.number().nullable().describe('The newest change that took it back'),
});

const id = z
  .string()
  .regex(/^(\d{1,15}|newest)$/, 'must be a number, or newest')
  .describe('Number of the change, or newest');
const numberOf = (text: string) => (text === 'newest' ? undefined : Number(text));

export const changeList = operation({
  name: 'change.list',
  method: 'GET',
  path: '/changes',
  scope: 'reader',
  summary: 'List what was changed in the registry, the newest first',
  input: z.strictObject({
    nodes: Nodes.optional().describe('Only changes of these nodes, whether they exist now or not'),
    count: z.int().min(1).max(10_000).default(50).describe('The newest so many'),
  }),
  output: z.array(Change),
  run: async ({ db }, { nodes, count }) => await listChanges(db, { nodes, limit: count }),
});

export const changeShow = operation({
  name: 'change.show',
  method: 'GET',
  path: '/changes/:id',
  scope: 'reader',
  summary: 'Show what a change did',
  input: z.strictObject({ id }),
  output: Change.extend({ changes: DiffGroups }),
  run: async ({ db }, { id: one }) => await showChange(db, numberOf(one)),
});

export const changeUndo = operation({
  name: 'change.undo',
  method: 'POST',
  path: '/changes/:id/undo',
  scope: 'operator',
  summary: 'Take a change back, if nothing in it was changed again since',
  input: z.strictObject({ id }),
  output: z.object({ id: z.number(), undoes: z.number(), summary: z.string(), changes: DiffGroups }),
  run: async ({ db, actor }, { id: one }) => await undoChange(db, numberOf(one), actor),
});
