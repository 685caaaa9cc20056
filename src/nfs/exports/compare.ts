/** What is wanted against what the NFS server has. */
import { readFile } from 'node:fs/promises';
import type { Db } from '../../db/database.ts';
import type { Installation } from '../../system/config.ts';
import { isLocked } from '../../system/lock.ts';
import type { Export } from './export.ts';
import { ganeshaFile, inGanesha } from './ganesha.ts';
import { exportsText, inForce, KERNEL, parseExports, type Entry } from './kernel.ts';
import { readLedger } from './ledger.ts';
import { withRegistry } from './registry.ts';
import { digestOf, HOLDER, readDigest } from './taken.ts';
import { wantedExports, type Wanted } from './wanted.ts';

/**
 * `exported`: as it should be; `missing`, `differs`: wanted, but not so; `waiting`: for the address of its node,
 * which becomes known when it boots; `cannot`: `problem` says why; `stale`: exported, and wanted by nobody;
 * `yours`: `nfs.server` is off, so that nobody but the administrator knows.
 */
export type ExportState = 'exported' | 'missing' | 'differs' | 'waiting' | 'cannot' | 'stale' | 'yours';

export interface ExportStatus {
  path: string;
  node?: string;
  clients: readonly string[];
  write: boolean;
  squash: boolean;
  state: ExportState;
  problem?: string;
}

export interface ExportReport {
  server: Installation['config']['nfs']['server'];
  /** nfs-ganesha alone: whether `slipway serve` runs it, and it has read what it was told. */
  serving?: boolean;
  exports: ExportStatus[];
  /** Whether nothing is missing, different or stale. */
  ok: boolean;
}

/** Looks only. @throws SlipwayError `nfs/no-kernel-server`, `nfs/bad-ledger` */
export async function compareExports(
  installation: Installation,
  db: Db | undefined,
  kernel = KERNEL,
  signal?: AbortSignal,
): Promise<ExportReport> {
  const { paths, config } = installation;
  const { server } = config.nfs;
  const ledger = await readLedger(paths);
  const wanted = await withRegistry(paths, db, (registry) => wantedExports(installation, registry, ledger));
  const real =
    server === 'kernel'
      ? await inForce(paths, kernel, signal)
      : server === 'ganesha'
        ? entriesOf(await inGanesha(paths))
        : [];
  const exports = server === 'off' ? wanted.map(unasked) : compared(wanted, real);
  const serving = server === 'ganesha' ? await isServing(installation) : undefined;
  const ok =
    serving !== false && !exports.some(({ state }) => ['missing', 'differs', 'stale'].includes(state));
  return { server, ...(serving !== undefined && { serving }), exports, ok };
}

/** In one form for both servers: numbers aside, which do not say who may what. */
const entriesOf = (exports: readonly Omit<Export, 'id'>[]): Entry[] =>
  parseExports(exportsText(exports.map((one) => ({ ...one, id: 0 }))));

async function isServing({ paths }: Installation): Promise<boolean> {
  const text = await readFile(ganeshaFile(paths), 'utf8').catch(() => '');
  return isLocked(paths.locks, HOLDER) && (await readDigest(paths)) === digestOf(text);
}

function view({ path, node, clients, write, squash, problem }: Wanted, state: ExportState): ExportStatus {
  return { path, ...(node !== undefined && { node }), clients, write, squash, state, ...(problem !== undefined && { problem }) }; // prettier-ignore
}

const unasked = (one: Wanted) => view(one, one.problem === undefined ? stateWithout(one) : 'cannot');
const stateWithout = ({ clients }: Wanted): ExportState => (clients.length === 0 ? 'waiting' : 'yours');

function compared(wanted: readonly Wanted[], real: readonly Entry[]): ExportStatus[] {
  const byPath = Map.groupBy(real, ({ path }) => path);
  const text = (entries: readonly Entry[] = []) =>
    entries.map(({ client, options }) => `${client}(${options})`).toSorted().join(' '); // prettier-ignore
  const found = wanted.map((one) => {
    const there = byPath.get(one.path);
    byPath.delete(one.path);
    const isWanted = one.problem === undefined && one.clients.length > 0;
    if (!isWanted && there) return view(one, 'stale');
    if (one.problem !== undefined) return view(one, 'cannot');
    if (one.clients.length === 0) return view(one, 'waiting');
    if (!there) return view(one, 'missing');
    return view(one, text(there) === text(entriesOf([one])) ? 'exported' : 'differs');
  });
  const stale = [...byPath].map(([path, all]): ExportStatus => {
    const options = all[0]?.options.split(',') ?? [];
    const clients = all.map(({ client }) => client);
    return { path, clients, write: options.includes('rw'), squash: options.includes('all_squash'), state: 'stale' }; // prettier-ignore
  });
  return [...found, ...stale];
}
