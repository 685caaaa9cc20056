/** NFS beside the boot server: trees are mounted, exports follow the registry, nfs-ganesha runs where that is wanted. */
import type { Database } from '../db/database.ts';
import { reconcileExports } from '../nfs/exports/reconcile.ts';
import { lendRegistry } from '../nfs/exports/registry.ts';
import { up } from '../nfs/up.ts';
import { existsSync } from 'node:fs';
import type { Installation } from '../system/config.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Sink } from '../system/events.ts';
import { startGanesha } from './ganesha.ts';

/** Milliseconds between looks at the registry. What our own process changed is seen at every thirtieth. */
const LOOK = 2000;
const ALL_THE_SAME = 30;

export interface NfsOptions {
  installation: Installation;
  database: Database;
  sink: Sink;
  signal: AbortSignal;
}

/**
 * Returns once nodes can mount. Without trees it does nothing, until there are some; what goes wrong with
 * them stops no node that boots otherwise, so it is told, and tried again.
 * @throws SlipwayError `serve/no-ganesha`, `serve/ganesha-twice`
 */
export async function startNfs(options: NfsOptions): Promise<{ done: Promise<void> }> {
  const { installation, database, signal } = options;
  const { server } = installation.config.nfs;
  const sink = sayOnce(options.sink);
  const lent = lendRegistry(installation.paths, database.db);
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof SlipwayError ? `${error.message}. ${error.todo}` : String(error);
      sink({ event: 'notice', level: 'warning', message: `NFS: ${message}` });
    } finally {
      sink.next();
    }
  };
  const reconcile = async () => {
    if (existsSync(installation.paths.nfs)) await reconcileExports(installation, database.db, sink, signal);
  };
  if (existsSync(installation.paths.nfs)) await attempt(() => up(installation, sink, signal, database.db));
  if (server !== 'off') await attempt(reconcile);
  const ganesha = server === 'ganesha' ? await startGanesha(options) : undefined;
  const timer = server === 'off' ? undefined : follow(database, () => attempt(reconcile));
  const stopped =
    ganesha?.done ??
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  return {
    done: stopped.finally(() => {
      clearInterval(timer);
      lent[Symbol.dispose]();
    }),
  };
}

/** What is said at every look is said once, until it is over. */
function sayOnce(sink: Sink): Sink & { next(): void } {
  let before = new Set<string>();
  let now = new Set<string>();
  const once: Sink = (event) => {
    if (event.event !== 'notice') sink(event);
    else if (!now.has(event.message)) {
      now.add(event.message);
      if (!before.has(event.message)) sink(event);
    }
  };
  return Object.assign(once, {
    next() {
      before = now;
      now = new Set();
    },
  });
}

function follow(database: Database, work: () => Promise<void>): NodeJS.Timeout {
  let seen = database.version();
  let looks = 0;
  let busy = false;
  const look = async () => {
    const now = database.version();
    if (busy || (now === seen && ++looks % ALL_THE_SAME !== 0)) return;
    busy = true;
    seen = now;
    await work();
    busy = false;
  };
  return setInterval(() => void look(), LOOK);
}
