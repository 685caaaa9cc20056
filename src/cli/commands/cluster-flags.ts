/** What plan and apply share. */
import type { ClusterPlan } from '../../node/cluster/plan.ts';
import { diffOf, type DiffGroup } from '../../node/diff.ts';
import { fail } from '../errors.ts';
import { json, off, type Json } from '../flags.ts';
import type { Both } from '../open.ts';

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

/** Reads the files, compares with the registry, tells warnings. */
export async function planFor(
  open: Pick<Both, 'db' | 'catalog' | 'sink'>,
  flags: ClusterFlags,
  command: string,
): Promise<{ plan: ClusterPlan; groups: DiffGroup[] }> {
  const files = flags.file ?? [];
  if (files.length === 0)
    throw fail('usage', { message: 'No file is named: -f FILE', help: `slipway ${command} --help` });
  const [{ loadClusterFiles }, { wantedOf }, { planCluster }] = await Promise.all([
    import('../../node/cluster/load.ts'),
    import('../../node/cluster/wanted.ts'),
    import('../../node/cluster/plan.ts'),
  ]);
  const wanted = await wantedOf(await loadClusterFiles(files));
  const plan = await planCluster(open.db, wanted, { prune: flags.prune, catalog: open.catalog });
  for (const message of plan.warnings) open.sink({ event: 'notice', level: 'warning', message });
  return { plan, groups: diffOf(plan.entries) };
}
