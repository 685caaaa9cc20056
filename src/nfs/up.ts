/** After a restart: everything is mounted that records name, and what was left half made is removed. */
import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { listPublications } from '../image/publications.ts';
import { isBelow } from '../mounts/mountinfo.ts';
import type { Installation } from '../system/config.ts';
import type { Db } from '../db/database.ts';
import { SlipwayError } from '../system/errors.ts';
import { type Sink, task } from '../system/events.ts';
import { tryLock } from '../system/lock.ts';
import { namesIn } from './store.ts';
import type { Paths } from '../system/paths.ts';
import { reconcileWork } from '../system/workdir.ts';
import { attach, detach, mountedAt } from './attach.ts';
import { nodeEntry, stateEntry, treeEntry } from './entries.ts';
import { fail } from './errors.ts';
import { reconcileExports } from './exports/reconcile.ts';
import { sweepTrees } from './golden.ts';
import { nodesLock, sweepNodes, tellUnreadable } from './nodes.ts';
import { listNodeTrees, listTrees } from './records.ts';
import { removeTree } from './remove-tree.ts';
import { inStore } from './work.ts';

export interface Up {
  /** What there is. */
  trees: number;
  nodes: number;
  state: number;
  /** Mount points that were not mounted before. */
  mounted: number;
  /** What was half made, or belongs to nobody any more; paths. */
  removed: string[];
}

/**
 * Does nothing to what is as it should be.
 * @throws SlipwayError `nfs/not-mounted`, after everything else was mounted
 */
export async function up(installation: Installation, sink: Sink, signal?: AbortSignal, db?: Db): Promise<Up> {
  const { paths } = installation;
  return await task(sink, 'mount trees for NFS', async ({ end }) => {
    const removed = [
      ...(await sweepTrees(paths)),
      ...(await sweepImages(paths)),
      ...(await sweepProbes(paths)),
    ];
    removed.push(...(await reconcileWork(inStore(paths))));
    const [trees, nodes, state] = [
      await listTrees(paths),
      await listNodeTrees(paths),
      await namesOfState(paths),
    ];
    const entries = [
      ...trees.map((digest) => treeEntry(paths, digest)),
      ...nodes.map((tree) => nodeEntry(paths, tree)),
      ...state.map((node) => stateEntry(paths, node)),
    ];
    await tellUnreadable(paths, sink);
    if (trees.length === 0) await tellMissing(paths, sink);
    const stale = await others(paths, new Set(entries.map(({ target }) => target)));
    const busy = await detach(stale);
    const { mounted, failed, output } = await attach(paths, entries, signal);
    removed.push(...stale.filter((at) => !busy.includes(at)));
    if (busy.length > 0) {
      const message = `${busy.length} mount points belong to nothing any more and are still in use, such as ${busy[0]}`;
      sink({ event: 'notice', level: 'warning', message });
    }
    await reconcileExports(installation, db, sink, signal).catch((error: unknown) => {
      // Who has no trees needs no NFS server.
      const needless = entries.length === 0 && error instanceof SlipwayError;
      if (!needless || error.code !== 'nfs/no-kernel-server') throw error;
    });
    const [path] = failed;
    if (path !== undefined) throw fail('not-mounted', { count: failed.length, path }, { output });
    end.detail = `${entries.length} of which ${mounted.length} were not`;
    return {
      trees: trees.length,
      nodes: nodes.length,
      state: state.length,
      mounted: mounted.length,
      removed,
    };
  });
}

/** Unmounts everything. @throws SlipwayError `nfs/busy` */
export async function down({ paths }: Installation, { force = false } = {}): Promise<{ unmounted: number }> {
  const points = await others(paths, new Set());
  const busy = await detach(points, { lazy: force });
  if (busy.length > 0)
    throw fail('busy', {
      image: 'all images',
      nodes: busy.length === 1 ? String(busy[0]) : `${busy.length} mount points`,
      holders: 'The NFS server, or somebody with a directory there, still holds them.',
    });
  return { unmounted: points.length };
}

/** What is mounted there is ours; somebody may have chosen /srv, with more in it. */
const OURS = /^(trees\/[0-9a-f]{64}|nodes\/[^/]+\/[^/]+|state\/[^/]+)$/;

/** Our mount points below `nfs.exports` that are not among `wanted`, the last that was mounted first. */
async function others(paths: Paths, wanted: ReadonlySet<string>): Promise<string[]> {
  const top = await realpath(paths.exports).catch(() => undefined);
  if (top === undefined) return [];
  const points = [...(await mountedAt()).keys()].filter(
    (at) => isBelow(at, top) && OURS.test(relative(top, at)),
  );
  return points
    .map((at) => paths.exports + at.slice(top.length))
    .filter((at) => !wanted.has(at))
    .toReversed();
}

/** A store whose file system is not mounted looks like one in which nothing is. */
async function tellMissing(paths: Paths, sink: Sink): Promise<void> {
  const { publications } = await listPublications(paths);
  const here = publications.filter(
    ({ mode, options }) => mode === 'nfs' || (mode === 'readonly' && !('to' in options)),
  );
  if (here.length === 0) return;
  const message = `${paths.nfs} is empty, but ${here.length} generations are published for NFS. Is its file system mounted? Else publishing makes their trees anew`;
  sink({ event: 'notice', level: 'warning', message });
}

/** Directories in which it was tried what the file system can do. Who tries holds no lock: it takes a second. */
async function sweepProbes({ nfs }: Paths): Promise<string[]> {
  const removed: string[] = [];
  for (const entry of await readdir(nfs).catch(() => [] as string[])) {
    if (!entry.startsWith('.tmp-probe-')) continue;
    const path = join(nfs, entry);
    const info = await lstat(path).catch(() => undefined);
    if (!info || Date.now() - info.mtimeMs < 60_000) continue;
    await removeTree(path);
    removed.push(path);
  }
  return removed;
}

/** An image that somebody works on right now is left to them. */
async function sweepImages(paths: Paths): Promise<string[]> {
  const removed: string[] = [];
  for (const image of await namesIn(join(paths.nfs, 'nodes'))) {
    using held = tryLock(paths.locks, nodesLock(image), 'reconcile');
    if (held) removed.push(...(await sweepNodes(paths, image)));
  }
  return removed;
}

const namesOfState = async (paths: Paths) => await namesIn(join(paths.nfs, 'state'));
