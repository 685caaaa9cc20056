import { basename } from 'node:path';
import { z } from 'zod';
import { applyPlan } from '../../node/cluster/apply.ts';
import { diffOf } from '../../node/diff.ts';
import { FORMATS } from '../../node/import/formats.ts';
import { planImport, type ImportPlan } from '../../node/import/plan.ts';
import { readSources } from '../../node/import/read.ts';
import { MOST_BYTES, sourceOf } from '../../node/import/source.ts';
import { silent } from '../../system/events.ts';
import type { Engine } from '../engine.ts';
import { operation } from '../operation.ts';
import { DiffGroups, Revision, Written } from './view.ts';

/** Here the caller waits, and nodes too: larger files are imported on the server. */
const LIMIT = 8 << 20;

const Source = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(4096)
    .regex(/^\P{Cc}*$/u, 'must not have control characters')
    .describe('Name for messages and for the history; nothing of that name is read'),
  text: z.string().max(MOST_BYTES),
});

const input = z.strictObject({
  sources: z.array(Source).min(1).max(1000),
  hosts: z.array(Source).max(100).default([]).describe('Files like /etc/hosts, with addresses and names'),
  format: z.enum(FORMATS).optional().describe('Format; told by the content if not given'),
  update: z.boolean().default(false).describe('Change nodes, groups and profiles that are there'),
});

const Plan = z.object({
  sources: z.array(z.object({ file: z.string(), format: z.enum(FORMATS) })),
  revision: z.number().describe('Of the registry that was compared'),
  changes: DiffGroups,
  unchanged: z.number().describe('Nodes, groups and profiles that are already so'),
  notices: z
    .array(
      z.object({
        field: z.string(),
        reason: z.string(),
        nodes: z.string(),
        profiles: z.array(z.string()),
        groups: z.array(z.string()),
      }),
    )
    .describe('What has no counterpart'),
  warnings: z.array(z.string()),
});

export const importPlan = operation({
  name: 'import.plan',
  method: 'POST',
  path: '/registry/import/plan',
  scope: 'reader',
  summary: 'Show what taking over nodes from files of other programs would change',
  input,
  output: Plan,
  bodyLimit: LIMIT,
  // They have passwords of management controllers.
  secret: ['text'],
  run: async (engine, asked) => shown(await planOf(engine, asked)),
});

export const importApply = operation({
  name: 'import.apply',
  method: 'POST',
  path: '/registry/import',
  scope: 'operator',
  summary: 'Take over nodes from files of other programs, all of them or none',
  input: input.extend({
    revision: Revision.optional(),
  }),
  output: Plan.extend({
    change: Written,
  }),
  bodyLimit: LIMIT,
  secret: ['text'],
  async run(engine, { revision, ...asked }) {
    // Who gives a revision has seen the warnings.
    const sink = revision === undefined ? engine.sink : silent;
    const plan = await planOf({ ...engine, sink }, asked);
    if (revision !== undefined) plan.revision = revision;
    const names = plan.sources.map(({ file, format }) => `${basename(file)} (${format})`).join(' ');
    const change = await applyPlan(engine.db, plan, `node import ${names}`, engine.actor);
    return { ...shown(plan), change: change ?? null };
  },
});

async function planOf({ db, catalog, sink }: Engine, asked: z.output<typeof input>): Promise<ImportPlan> {
  const [sources = [], hosts = []] = [asked.sources, asked.hosts].map((all) =>
    all.map(({ file, text }) => sourceOf(file, Buffer.from(text))),
  );
  const reading = readSources(sources, { format: asked.format, hosts });
  const plan = await planImport(db, reading, { update: asked.update, catalog });
  for (const message of plan.warnings) sink({ event: 'notice', level: 'warning', message });
  return plan;
}

function shown({ sources, revision, entries, unchanged, notices, warnings }: ImportPlan) {
  return { sources, revision, changes: diffOf(entries), unchanged, notices, warnings };
}
