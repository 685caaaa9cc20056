/** What plan and apply share. */
import { basename } from 'node:path';
import type { Loaded } from '../../node/cluster/load.ts';
import { diffOf, type DiffGroup } from '../../node/diff.ts';
import type { Context } from '../context.ts';
import { fail } from '../errors.ts';
import { json, off, type Json } from '../flags.ts';
import { openCatalogAndRegistry } from '../open.ts';

export interface ClusterFlags extends Json {
  readonly file?: readonly string[];
  readonly prune: boolean;
}

export const clusterFlags = {
  json,
  file: {
    kind: 'parsed',
    parse: String,
    brief: 'Cluster file, or directory of *.yml; repeatable',
    placeholder: 'file',
    optional: true,
    variadic: true,
  },
  prune: off('Remove nodes, groups and profiles that the files do not name'),
} as const;

/** What would change; `apply` makes it so, if the registry is still the one that was compared. */
export interface Planned extends AsyncDisposable {
  shown: { revision: number; changes: DiffGroup[]; warnings: string[] };
  /** @returns the number of the change */
  apply(): Promise<number | null>;
}

/** Reads the files, compares with the registry here or on a server, tells warnings. */
export async function planFor(context: Context, flags: ClusterFlags, command: string): Promise<Planned> {
  const files = flags.file ?? [];
  if (files.length === 0)
    throw fail('usage', { message: 'No file is named: -f FILE', help: `slipway ${command} --help` });
  const { loadClusterFiles } = await import('../../node/cluster/load.ts');
  const loaded = await loadClusterFiles(files);
  return await ((await context.remote())
    ? planThere(context, loaded, flags.prune)
    : planHere(context, loaded, flags.prune));
}

async function planHere(context: Context, loaded: readonly Loaded[], prune: boolean): Promise<Planned> {
  const open = await openCatalogAndRegistry(context);
  try {
    const [{ wantedOf }, { planCluster }] = await Promise.all([
      import('../../node/cluster/wanted.ts'),
      import('../../node/cluster/plan.ts'),
    ]);
    const plan = await planCluster(open.db, await wantedOf(loaded), { prune, catalog: open.catalog });
    const { revision, entries, warnings } = plan;
    for (const message of warnings) open.sink({ event: 'notice', level: 'warning', message });
    return {
      shown: { revision, changes: diffOf(entries), warnings },
      async apply() {
        const [{ applyPlan }, { localActor }, { writeAudit }] = await Promise.all([
          import('../../node/cluster/apply.ts'),
          import('../../node/entry.ts'),
          import('../../access/audit.ts'),
        ]);
        const names = plan.files.map((file) => basename(file)).join(' ');
        const summary = `apply ${names}${prune ? ' --prune' : ''}`;
        const change = (await applyPlan(open.db, plan, summary)) ?? null;
        const { who } = localActor();
        const entry = { who, client: 'local', operation: 'registry.apply', detail: summary, status: 200 };
        await writeAudit(open.db, entry);
        return change;
      },
      [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
    };
  } catch (error) {
    await open[Symbol.asyncDispose]();
    throw error;
  }
}

async function planThere(context: Context, loaded: readonly Loaded[], prune: boolean): Promise<Planned> {
  const [{ registryApply, registryPlan }, { readFile }] = await Promise.all([
    import('../../operations/registry/cluster.ts'),
    import('node:fs/promises'),
  ]);
  const documents: { name: string; text: string }[] = [];
  for (const { source } of loaded)
    documents.push({ name: basename(source.file), text: await readFile(source.file, 'utf8') });
  const { revision, changes, warnings } = await context.call(registryPlan, { documents, prune });
  return {
    shown: { revision, changes, warnings },
    apply: async () => (await context.call(registryApply, { documents, prune, revision })).change,
    async [Symbol.asyncDispose]() {},
  };
}
