import { z } from 'zod';
import { applyPlan } from '../../node/cluster/apply.ts';
import { fail } from '../../node/cluster/errors.ts';
import { exportCluster } from '../../node/cluster/export.ts';
import { readCluster, type Loaded } from '../../node/cluster/load.ts';
import { planCluster, type ClusterPlan } from '../../node/cluster/plan.ts';
import type { WrittenFile } from '../../node/cluster/schema.ts';
import { wantedOf } from '../../node/cluster/wanted.ts';
import { diffOf } from '../../node/diff.ts';
import { SlipwayError, throwAll } from '../../system/errors.ts';
import { silent } from '../../system/events.ts';
import { placeOf } from '../../system/yaml.ts';
import type { Engine } from '../engine.ts';
import { Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { DiffGroups, Revision, Written } from './view.ts';

/** What a hundred thousand nodes take, written as node sets, many times over. */
const LIMIT = 8 << 20;

const input = z.strictObject({
  documents: z
    .array(
      z.strictObject({
        name: z
          .string()
          .max(200)
          .regex(/^[\w][\w .@+-]*$/, 'must be the name of a file, without its directory')
          .default('cluster.yml')
          .describe('Name for messages'),
        text: z.string().max(LIMIT).describe('YAML or JSON: docs/reference/cluster.md'),
      }),
    )
    .min(1)
    .max(1000),
  prune: z
    .boolean()
    .default(false)
    .describe('Remove nodes, groups and profiles that the documents do not name'),
});

const Plan = z.object({
  revision: z.number().describe('Of the registry that was compared'),
  changes: DiffGroups,
  warnings: z.array(z.string()),
});

export const registryPlan = operation({
  name: 'registry.plan',
  method: 'POST',
  path: '/registry/plan',
  scope: 'reader',
  summary: 'Show what applying cluster documents would change',
  input,
  output: Plan,
  bodyLimit: LIMIT,
  run: async (engine, asked) => shown(await planOf(engine, asked)),
});

export const registryApply = operation({
  name: 'registry.apply',
  method: 'POST',
  path: '/registry/apply',
  scope: 'operator',
  summary: 'Bring the registry to what cluster documents say, all of it or nothing',
  input: input.extend({
    revision: Revision.optional(),
  }),
  output: Plan.extend({
    change: Written,
  }),
  bodyLimit: LIMIT,
  async run(engine, { revision, ...asked }) {
    // Who gives a revision has seen the warnings.
    const sink = revision === undefined ? engine.sink : silent;
    const plan = await planOf({ ...engine, sink }, asked);
    if (revision !== undefined) plan.revision = revision;
    const names = asked.documents.map((one) => one.name).join(' ');
    const summary = `apply ${names}${asked.prune ? ' --prune' : ''}`;
    const change = await applyPlan(engine.db, plan, summary, engine.actor);
    return { ...shown(plan), change: change ?? null };
  },
});

export const registryExport = operation({
  name: 'registry.export',
  method: 'GET',
  path: '/registry/export',
  scope: 'reader',
  summary: 'Write what is in the registry as a cluster document',
  input: z.strictObject({ nodes: Nodes.optional() }),
  output: z.object({ text: z.string().describe('YAML') }),
  run: async ({ db }, { nodes }) => ({ text: await exportCluster(db, nodes) }),
});

async function planOf({ db, catalog, sink }: Engine, asked: z.output<typeof input>): Promise<ClusterPlan> {
  const loaded: Loaded[] = [];
  const errors: SlipwayError[] = [];
  for (const { name, text } of asked.documents)
    try {
      const one = readCluster(text, name);
      refuseSources(one);
      loaded.push(one);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      errors.push(error);
    }
  throwAll(errors);
  const plan = await planCluster(db, await wantedOf(loaded), { prune: asked.prune, catalog });
  for (const message of plan.warnings) sink({ event: 'notice', level: 'warning', message });
  return plan;
}

interface Filed {
  files?: Record<string, WrittenFile | null>;
}

/** A document that came over the network names no file of this host. @throws SlipwayError `cluster/source` */
function refuseSources({ source, content }: Loaded): void {
  const errors: SlipwayError[] = [];
  for (const kind of ['profiles', 'groups', 'nodes'] as const)
    for (const [name, one] of Object.entries<Filed | null>(content[kind] ?? {}))
      for (const [path, file] of Object.entries(one?.files ?? {})) {
        if (file?.source === undefined) continue;
        const where = placeOf(source, [kind, name, 'files', path, 'source']);
        const reason = 'sent to a server, a document has contents as content or base64';
        errors.push(fail('source', { path, source: JSON.stringify(file.source), reason }, { where }));
      }
  throwAll(errors);
}

function shown({ revision, entries, warnings }: ClusterPlan): z.input<typeof Plan> {
  return { revision, changes: diffOf(entries), warnings };
}
