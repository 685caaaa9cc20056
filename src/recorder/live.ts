/** Boots by the address that asked for them, as they are now: in memory, bounded, refilled when the server starts. */
import type { Db } from '../db/database.ts';
import type { Digest } from '../image/types.ts';

export interface Live {
  session: string;
  node: string;
  client: string;
  /** Blobs that iPXE fetches; nothing once they are fetched, or not known any more. */
  kernel?: Digest;
  initramfs?: Digest;
  /** When its last stage was, milliseconds; nothing where this server did not see it. */
  last?: number;
  /** Seconds since the node's kernel started, at its last report. */
  uptime?: number;
}

/** Addresses that are remembered, the newest. */
const LIMIT = 200_000;

export class LiveBoots {
  readonly #byClient = new Map<string, Live>();
  readonly #bySession = new Map<string, Live>();

  /** A boot begins: it is what this address does from now on. */
  add(live: Live): void {
    this.#remove(this.#byClient.get(live.client));
    const [oldest] = this.#byClient.values();
    if (this.#byClient.size >= LIMIT) this.#remove(oldest);
    this.#byClient.set(live.client, live);
    this.#bySession.set(live.session, live);
  }

  of(client: string): Live | undefined {
    return this.#byClient.get(client);
  }

  session(id: string): Live | undefined {
    return this.#bySession.get(id);
  }

  /** Boots that were there before this server started. */
  async refill(db: Db): Promise<void> {
    const rows = await db
      .selectFrom('boot_session')
      .select(['id', 'node_name', 'client'])
      .where('ended', 'is', null)
      .orderBy('created', 'desc')
      .limit(LIMIT)
      .execute();
    for (const { id, node_name: node, client } of rows.toReversed()) this.add({ session: id, node, client });
  }

  #remove(live: Live | undefined): void {
    if (!live) return;
    this.#byClient.delete(live.client);
    this.#bySession.delete(live.session);
  }
}
