/** Where the boots of nodes are: the answer that scripts read. */
import type { Db } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import { DEFAULT_MODE } from '../modes/index.ts';
import { chunks } from '../node/expand.ts';
import type { Node } from '../node/node.ts';
import { listNodes } from '../node/registry.ts';
import { sightingsOf } from './sighting.ts';
import { newestSessions } from './newest.ts';

/**
 * Of a node's newest boot; of a node that has not booted, image, digest and mode
 * are what it would boot, and the stage is null.
 */
export interface BootStatus {
  node: string;
  /** `name:generation`, or the reference where that means nothing any more. */
  image: string | null;
  digest: string | null;
  mode: string | null;
  /** The last stage: docs/boot-protocol.md, section 6. */
  stage: string | null;
  /** When that was, ISO. */
  since: string | null;
  /** Whether the node is up: it reported so, and has not begun to boot again. */
  ready: boolean;
}

/** Nodes in the order of their names; all of them without `expr`. @throws SlipwayError `node/unknown` */
export async function bootStates(
  db: Db,
  catalog: Pick<Catalog, 'find'>,
  expr?: string,
): Promise<BootStatus[]> {
  const nodes = await listNodes(db, expr);
  const ids = nodes.map((node) => node.id);
  const sessions = await newest(db, ids);
  const seen = await sightingsOf(db, expr === undefined ? undefined : ids);
  const assigned = new Map<string, Promise<{ image: string; digest: string | null }>>();
  const wanted = async (ref: string) => {
    const known = assigned.get(ref);
    const found =
      known ??
      catalog.find(ref).then(
        ({ name, generation, digest }) => ({ image: `${name}:${generation}`, digest }),
        () => ({ image: ref, digest: null }),
      );
    assigned.set(ref, found);
    return await found;
  };
  const states: BootStatus[] = [];
  for (const node of nodes) {
    const session = sessions.get(node.id);
    const image = session ?? (await unbooted(node, wanted));
    const since = session ? (session.since ?? session.created) : 0;
    // Firmware or iPXE that asks for an address after the last stage has been switched on again.
    const { firmware = 0, ipxe = 0 } = seen.get(node.id) ?? {};
    const asked = Math.max(firmware, ipxe);
    const again = asked > since;
    states.push({
      node: node.name,
      image: image.image,
      digest: image.digest,
      mode: image.mode,
      stage: again ? 'dhcp' : (session?.stage ?? null),
      since: again ? iso(asked) : session ? iso(since) : null,
      ready: !again && session?.stage === 'ready' && session.ended === null,
    });
  }
  return states;
}

const iso = (at: number) => new Date(at).toISOString();

async function unbooted(
  { image, mode }: Node,
  wanted: (ref: string) => Promise<{ image: string; digest: string | null }>,
) {
  if (image === undefined) return { image: null, digest: null, mode: mode ?? null };
  return { ...(await wanted(image)), mode: mode ?? DEFAULT_MODE };
}

/** The newest session of each node, with the time of its last stage. */
async function newest(db: Db, ids: readonly string[]) {
  const found = new Map<string, Awaited<ReturnType<typeof page>>[number]>();
  for (const part of chunks(ids)) for (const row of await page(db, part)) found.set(row.node_id ?? '', row);
  return found;
}

async function page(db: Db, ids: readonly string[]) {
  return await newestSessions(db, ids)
    .select(['id', 'node_id', 'image', 'digest', 'mode', 'stage', 'created', 'ended'])
    .select((e) =>
      e
        .selectFrom('boot_stage')
        .select((m) => m.fn.max('boot_stage.at').as('at'))
        .whereRef('boot_stage.session_id', '=', 's.id')
        .whereRef('boot_stage.stage', '=', 's.stage')
        .as('since'),
    )
    .execute();
}
