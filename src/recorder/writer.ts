/**
 * What the recorder hears goes to the database in batches: a storm of nodes must
 * not wait for it, nor it for them. Bounded: what is too much is counted, not kept.
 */
import type { Db } from '../db/database.ts';
import { addLines, type NewLine } from '../boot/node-log.ts';
import { addServerStages, type ServerStage } from '../boot/server-stage.ts';
import { noteSightings, type Sighting } from '../boot/sighting.ts';

/** Milliseconds between two batches; entries of a kind that may wait for one. */
const INTERVAL = 300;
const LIMIT = 20_000;

export class Writer implements AsyncDisposable {
  readonly #db: Db;
  readonly #failed: (error: Error) => void;
  #stages: ServerStage[] = [];
  #lines: NewLine[] = [];
  #sightings = new Map<string, Sighting>();
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();
  /** Entries that were too many. */
  dropped = 0;

  constructor(db: Db, failed: (error: Error) => void) {
    this.#db = db;
    this.#failed = failed;
  }

  stage(stage: ServerStage): void {
    this.#add(this.#stages, stage);
  }

  line(line: NewLine): void {
    this.#add(this.#lines, line);
  }

  sighting(mac: string, seen: Sighting): void {
    if (this.#sightings.size >= LIMIT && !this.#sightings.has(mac)) return void this.dropped++;
    this.#sightings.set(mac, { ...this.#sightings.get(mac), ...seen });
    this.#wake();
  }

  /** Writes what there is. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const [stages, lines, sightings] = [this.#stages, this.#lines, this.#sightings];
    [this.#stages, this.#lines, this.#sightings] = [[], [], new Map()];
    const before = this.#work;
    const write = async () => {
      await before;
      try {
        if (sightings.size > 0) await noteSightings(this.#db, sightings);
        if (stages.length > 0) await addServerStages(this.#db, stages);
        if (lines.length > 0) await addLines(this.#db, lines);
      } catch (error) {
        this.#failed(error as Error);
      }
    };
    this.#work = write();
    await this.#work;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
  }

  #add<T>(list: T[], one: T): void {
    if (list.length >= LIMIT) return void this.dropped++;
    list.push(one);
    this.#wake();
  }

  #wake(): void {
    this.#timer ??= setTimeout(() => void this.flush(), INTERVAL);
  }
}
