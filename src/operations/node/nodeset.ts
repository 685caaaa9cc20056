import { z } from 'zod';
import { lookUp } from '../../node/groups.ts';
import { evaluate } from '../../nodeset/evaluate.ts';
import { fold } from '../../nodeset/fold.ts';
import { parse } from '../../nodeset/parse.ts';
import type { Engine } from '../engine.ts';
import { operation } from '../operation.ts';

const input = z.strictObject({
  sets: z
    .array(z.string().max(100_000))
    .min(1)
    .max(1000)
    .describe('Node sets; each is worked out by itself, and they are put together'),
});
// They change nothing; sets may be too long for a query.
const common = { method: 'POST', scope: 'reader', input } as const;

export const nodesetExpand = operation({
  ...common,
  name: 'nodeset.expand',
  path: '/nodeset/expand',
  summary: 'Work out the nodes of node sets',
  output: z.array(z.string()),
  run: async (engine, { sets }) => await namesOf(engine, sets),
});

export const nodesetFold = operation({
  ...common,
  name: 'nodeset.fold',
  path: '/nodeset/fold',
  summary: 'Write node sets as short as they can be',
  output: z.string(),
  run: async (engine, { sets }) => fold(await namesOf(engine, sets)),
});

export const nodesetCount = operation({
  ...common,
  name: 'nodeset.count',
  path: '/nodeset/count',
  summary: 'Count the nodes of node sets',
  output: z.number(),
  run: async (engine, { sets }) => (await namesOf(engine, sets)).length,
});

async function namesOf({ db }: Engine, sets: readonly string[]): Promise<string[]> {
  const expressions = sets.map((one) => parse(one));
  return evaluate(expressions, await lookUp(db, ...expressions));
}
