/** Exports as records and registry say, whatever was exported before: after a crash, too. */
import type { Db } from '../../db/database.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import type { Installation } from '../../system/config.ts';
import { isBelow } from '../../mounts/mountinfo.ts';
import { diskFull } from '../../system/disk-full.ts';
import { silent, type Sink } from '../../system/events.ts';
import { lock } from '../../system/lock.ts';
import type { Paths } from '../../system/paths.ts';
import { fail } from '../errors.ts';
import type { Export } from './export.ts';
import { applyToGanesha, ganeshaFile } from './ganesha.ts';
import { applyToKernel, exportsFile, KERNEL, type Applied, type KernelServer } from './kernel.ts';
import { numbered, readLedger, writeLedger, type Ledger } from './ledger.ts';
import { withRegistry } from './registry.ts';
import { wantedExports, type Wanted } from './wanted.ts';

/** Milliseconds to wait for others: with thousands of exports one round takes seconds. */
const WAIT = 120_000;

export interface Reconciled extends Applied {
  /** What is exported now. */
  exports: Export[];
  /** What cannot be. */
  problems: Wanted[];
}

/** What this process exported last, by installation and path. */
const inForce = new Map<string, ReadonlyMap<string, readonly string[]>>();

/** Clients of a path, as far as this process knows. */
export const knownClients = (paths: Paths, path: string): readonly string[] =>
  inForce.get(paths.exports)?.get(path) ?? [];

export interface ReconcileOptions {
  /** Changes the ledger before: addresses of nodes that boot. */
  note?: (ledger: Ledger) => Ledger;
  /** Paths that are not exported for now: what is there is about to be replaced. */
  without?: ReadonlySet<string>;
  /** Paths whose problems are told, with those below; nothing: all are. What a command has not to do with, others tell. */
  about?: readonly string[];
  /** Another kernel's server: tests. */
  kernel?: KernelServer;
}

/**
 * Makes the NFS server export what is wanted, and nothing else of this installation. Doing it again changes nothing.
 * @param db the registry, if the caller has it open
 * @throws SlipwayError `nfs/no-kernel-server`, `nfs/not-exported`, `nfs/no-space`, `nfs/too-many-exports`, `nfs/bad-ledger`, `lock/held`
 */
export async function reconcileExports(
  installation: Installation,
  db: Db | undefined,
  sink: Sink = silent,
  signal?: AbortSignal,
  { note = (ledger) => ledger, kernel = KERNEL, without, about }: ReconcileOptions = {},
): Promise<Reconciled> {
  const { paths, config } = installation;
  using _ = await lock(paths.locks, 'nfs-exports', 'exports', { wait: WAIT, signal });
  try {
    const { exports: all, problems } = await plan(installation, db, note);
    const exports = all.filter(({ path }) => !without?.has(path));
    tell(about ? problems.filter(({ path }) => about.some((top) => isBelow(path, top))) : problems, sink);
    const { server } = config.nfs;
    const applied =
      server === 'kernel'
        ? await applyToKernel(paths, exports, kernel, signal)
        : server === 'ganesha'
          ? await applyToGanesha(installation, exports)
          : { added: [], removed: [] };
    inForce.set(paths.exports, new Map(exports.map((one) => [one.path, one.clients])));
    return { ...applied, exports, problems };
  } catch (error) {
    if (!diskFull(error)) throw error;
    const path = config.nfs.server === 'kernel' ? exportsFile(paths, kernel) : ganeshaFile(paths);
    throw fail('no-space', { path, what: 'Changing exports' }, { cause: error });
  }
}

/** What is wanted, with numbers that are on the disk. */
async function plan(installation: Installation, db: Db | undefined, note: (ledger: Ledger) => Ledger) {
  const { paths } = installation;
  const before = await readLedger(paths);
  const noted = note(before);
  const wanted = await withRegistry(paths, db, (registry) => wantedExports(installation, registry, noted));
  const keys = wanted.map(({ key }) => key);
  const states = new Set(keys.filter((key) => key.startsWith('state/')));
  const clients = Object.entries(noted.clients).filter(([node]) => states.has(`state/${node}`));
  const after = numbered({ ...noted, clients: Object.fromEntries(clients) }, keys);
  if (JSON.stringify(after) !== JSON.stringify(before)) await writeLedger(paths, after);
  const id = (one: Wanted) => after.numbers[one.key] ?? 0;
  const exports = wanted
    .filter(({ problem, clients }) => problem === undefined && clients.length > 0)
    .map((one): Export => {
      const { path, clients, write, squash, labels } = one;
      return { path, clients, write, squash, labels, id: id(one) };
    });
  return { exports, problems: wanted.filter(({ problem }) => problem !== undefined) };
}

/** One line a kind of problem, however many have it. */
function tell(problems: readonly Wanted[], sink: Sink): void {
  const byProblem = Map.groupBy(problems, ({ problem }) => problem ?? '');
  for (const [problem, all] of byProblem) {
    const nodes = [...new Set(all.flatMap(({ node }) => node ?? []))];
    const what = nodes.length > 0 ? foldBriefly(nodes) : (all[0]?.path ?? '');
    sink({
      event: 'notice',
      level: 'warning',
      message: `Not exported (${problem}): ${what}`,
    });
  }
}
