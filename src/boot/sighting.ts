/** What the server saw of machines outside of their sessions: who asks by DHCP, who was refused. One row a machine. */
import type { Db } from '../db/database.ts';
import type { SightingTable } from '../db/tables.ts';
import { chunks } from '../node/expand.ts';

/** Times: milliseconds since 1970. */
export interface Sighting {
  firmware?: number;
  ipxe?: number;
  refused?: number;
  reason?: string;
}

/** Machines that are remembered; those seen longest ago are forgotten. */
const SIGHTINGS_LIMIT = 200_000;

/** Of all MAC addresses of each node, by the node's id; of all nodes without `ids`. */
export async function sightingsOf(db: Db, ids?: readonly string[]): Promise<Map<string, Sighting>> {
  const found = new Map<string, Sighting>();
  for (const part of ids === undefined ? [undefined] : chunks(ids)) {
    const rows = await db
      .selectFrom('sighting')
      .innerJoin('node_mac', 'node_mac.mac', 'sighting.mac')
      .select(['node_id', 'firmware', 'ipxe', 'refused', 'reason'])
      .$if(part !== undefined, (q) => q.where('node_id', 'in', part ?? []))
      .execute();
    for (const row of rows) found.set(row.node_id, merge(found.get(row.node_id), row));
  }
  return found;
}

function merge(one: Sighting = {}, row: Omit<SightingTable, 'mac'>): Sighting {
  const newer = (row.refused ?? 0) > (one.refused ?? 0);
  return {
    firmware: Math.max(one.firmware ?? 0, row.firmware ?? 0) || undefined,
    ipxe: Math.max(one.ipxe ?? 0, row.ipxe ?? 0) || undefined,
    refused: newer ? (row.refused ?? undefined) : one.refused,
    reason: newer ? (row.reason ?? undefined) : one.reason,
  };
}

/** Adds to what is known of machines, by MAC address. */
export async function noteSightings(db: Db, seen: ReadonlyMap<string, Sighting>): Promise<void> {
  await db.transaction().execute(async (t) => {
    for (const part of chunks([...seen])) {
      const rows = part.map(([mac, one]) => ({
        mac,
        firmware: one.firmware ?? null,
        ipxe: one.ipxe ?? null,
        refused: one.refused ?? null,
        reason: one.reason ?? null,
      }));
      await t
        .insertInto('sighting')
        .values(rows)
        .onConflict((c) =>
          c.column('mac').doUpdateSet((e) => ({
            firmware: e.fn.coalesce('excluded.firmware', 'sighting.firmware'),
            ipxe: e.fn.coalesce('excluded.ipxe', 'sighting.ipxe'),
            refused: e.fn.coalesce('excluded.refused', 'sighting.refused'),
            reason: e.fn.coalesce('excluded.reason', 'sighting.reason'),
          })),
        )
        .execute();
    }
  });
}

/** Forgets machines beyond the limit: a cable into the network must not fill the disk. */
export async function limitSightings(db: Db, limit = SIGHTINGS_LIMIT): Promise<void> {
  const { count } = await db
    .selectFrom('sighting')
    .select((e) => e.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  const over = Number(count) - limit;
  if (over <= 0) return;
  // Whoever is in the registry stays; strangers go.
  await db
    .deleteFrom('sighting')
    .where('mac', 'in', (e) =>
      e
        .selectFrom('sighting')
        .leftJoin('node_mac', 'node_mac.mac', 'sighting.mac')
        .select('sighting.mac')
        .orderBy((o) => o('node_mac.mac', 'is not', null))
        .orderBy((o) => o.fn.coalesce('sighting.firmware', 'sighting.ipxe', 'sighting.refused'))
        .limit(over),
    )
    .execute();
}
