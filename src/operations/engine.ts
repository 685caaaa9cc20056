import { pinnedNow } from '../boot/keep-sessions.ts';
import type { Builds } from '../jobs/builds.ts';
import type { Db } from '../db/database.ts';
import { generationsInUse } from '../node/assignment.ts';
import type { Actor } from '../node/entry.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Digest, InUse } from '../image/types.ts';
import type { Installation } from '../system/config.ts';
import { andTrees } from '../nfs/needs.ts';
import { mountedDigests } from '../mounts/record.ts';
import type { Sink } from '../system/events.ts';

/** What operations work on. */
export interface Engine {
  db: Db;
  catalog: Catalog;
  installation: Installation;
  /** Who asks. */
  actor: Actor;
  sink: Sink;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** Only in the server. */
  builds?: Builds;
}

/** Nodes that need a generation: to boot it, or below their tree. */
export function inUse({ db, catalog }: Pick<Engine, 'db' | 'catalog'>): InUse {
  return andTrees(catalog.paths, generationsInUse(db, catalog));
}

/** Blobs that nodes which boot at this moment fetch. */
export async function pinnedBlobs({ db }: Pick<Engine, 'db'>): Promise<Digest[]> {
  return (await pinnedNow(db, () => false)).flatMap(({ blobs }) => blobs);
}

/** Digests of all generations that some node needs, or that are mounted. */
export async function rootsOf(engine: Pick<Engine, 'db' | 'catalog'>): Promise<Digest[]> {
  const needs = inUse(engine);
  const digests: Digest[] = [];
  for (const generation of await engine.catalog.generations())
    if ((await needs(generation)).length > 0) digests.push(generation.digest);
  return [...digests, ...(await mountedDigests(engine.catalog.paths))];
}
