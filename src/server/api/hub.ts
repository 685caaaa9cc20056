/** What happens here, for whoever listens: boots, changes of the registry, builds. */
import { zstdDecompressSync } from 'node:zlib';
import type { Db } from '../../db/database.ts';
import { Ring } from '../../jobs/ring.ts';
import { revision } from '../../node/presets.ts';
import type { SlipwayEvent } from '../../system/events.ts';

export interface HubEvent {
  type: 'boot' | 'registry' | 'build';
  data: Record<string, unknown>;
  /** Nodes that it is about. */
  nodes?: ReadonlySet<string>;
}

/** Events kept for listeners that come back. */
const KEPT = 5000;
/** Milliseconds between two looks at the registry, which other processes change, too. */
const LOOK = 1000;
/** Names told of one change. */
const NAMES = 100;

export class Hub {
  readonly ring = new Ring<HubEvent>(KEPT);
  readonly #db: Db;
  #revision = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;

  constructor(db: Db) {
    this.#db = db;
  }

  async open(): Promise<void> {
    this.#revision = await revision(this.#db);
    this.#timer = setInterval(() => void this.#tick(), LOOK);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** For the server's sink. */
  hear(event: SlipwayEvent): void {
    if (event.event !== 'serve' || event.kind !== 'boot') return;
    const node = event.fields?.['node'];
    const nodes = typeof node === 'string' ? new Set([node]) : undefined;
    this.ring.push({ type: 'boot', data: { message: event.message, ...event.fields }, nodes });
  }

  async #tick(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      await this.look();
    } catch {
      // Busy, or closing: the next look sees the same.
    } finally {
      this.#looking = false;
    }
  }

  /** Tells of changes since the last look. */
  async look(): Promise<void> {
    if ((await revision(this.#db)) === this.#revision) return;
    const rows = await this.#db
      .selectFrom('change')
      .selectAll()
      .where('id', '>', this.#revision)
      .orderBy('id')
      .limit(100)
      .execute();
    for (const { id, at, who, via, summary, count, entries } of rows) {
      this.#revision = id;
      const changed = JSON.parse(zstdDecompressSync(entries).toString()) as { kind: string; name: string }[];
      const names = changed
        .filter((one) => one.kind === 'node')
        .map((one) => one.name)
        .toSorted();
      const data = {
        id,
        at: new Date(at).toISOString(),
        who,
        via,
        summary,
        count,
        nodes: names.slice(0, NAMES),
      };
      this.ring.push({ type: 'registry', data, nodes: new Set(names) });
    }
  }
}
