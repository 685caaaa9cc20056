/**
 * Builds that are asked for over the API. Each is a process of its own, which
 * falls with the server; what was asked for and what became of it stands in the
 * registry, so that a server that was killed can say so when it is back.
 */
import { randomUUIDv7 } from 'node:crypto';
import type { Db } from '../db/database.ts';
import type { BuildTable } from '../db/tables.ts';
import type { Installation } from '../system/config.ts';
import { start, type Child } from '../system/process.ts';
import { WORKS_FOR } from '../system/user.ts';
import {
  addBuild,
  beginBuild,
  endBuild,
  interruptBuilds,
  listBuilds,
  showBuild,
  type BuildEvent,
  type BuildOrder,
  type BuildView,
} from './build-table.ts';
import { eventOf, flagsOf } from './command.ts';
import { fail } from './errors.ts';
import { recipeFile } from './recipes.ts';
import { Ring } from './ring.ts';

const VALUE = /^(?!\/)[\p{L}\p{N} ._:@+=,%/~-]{0,500}$/u;
const WAITING = 100;
/** Of one build; and builds whose events are kept. */
const EVENTS = 2000;
const KEPT_EVENTS = 20;

export interface BuildsOptions {
  db: Db;
  installation: Installation;
  /** Program and first arguments of the command line. */
  command: readonly string[];
  /** Called when a build changes its state. */
  onChange?: (build: BuildView) => void;
}

interface Job {
  id: string;
  who: string;
  order: BuildOrder;
  events: Ring<BuildEvent>;
  child?: Child;
  last?: BuildEvent;
  cancelled: boolean;
  ended: boolean;
}

export class Builds {
  readonly #options: BuildsOptions;
  /** Waiting and running ones, and the last that ended. */
  readonly #jobs = new Map<string, Job>();
  readonly #waiting: Job[] = [];
  #running = 0;
  #closed = false;
  readonly #work = new Set<Promise<void>>();

  private constructor(options: BuildsOptions) {
    this.#options = options;
  }

  /** What a server that was killed had left under way becomes `interrupted`. */
  static async open(options: BuildsOptions): Promise<Builds> {
    await interruptBuilds(options.db);
    return new Builds(options);
  }

  /** @throws SlipwayError `job/no-recipe`, `job/bad-value`, `job/full` */
  async start(order: BuildOrder, who: string): Promise<BuildView> {
    const { db, installation } = this.#options;
    await recipeFile(installation, order.recipe);
    for (const [name, value] of Object.entries(order.variables ?? {}))
      if (!VALUE.test(String(value)) || /(^|\/)\.\.(\/|$)/.test(String(value)))
        throw fail('bad-value', { name });
    if (this.#waiting.length >= WAITING) throw fail('full', { count: WAITING });
    const id = randomUUIDv7();
    const added = await addBuild(db, { id, who, order });
    const job: Job = { id, who, order, events: new Ring(EVENTS), cancelled: false, ended: false };
    this.#jobs.set(id, job);
    this.#waiting.push(job);
    this.#options.onChange?.(added);
    this.#next();
    return added;
  }

  /** The newest first. */
  async list(): Promise<BuildView[]> {
    return await listBuilds(this.#options.db);
  }

  /** @throws SlipwayError `job/no-build` */
  async show(id: string): Promise<BuildView> {
    return await showBuild(this.#options.db, id);
  }

  /** Ends it cleanly, as Ctrl-C would. @throws SlipwayError `job/no-build`, `job/ended` */
  async cancel(id: string): Promise<BuildView> {
    const found = await this.show(id);
    const job = this.#jobs.get(id);
    if (!job || (found.state !== 'waiting' && found.state !== 'running'))
      throw fail('ended', { id, state: found.state });
    job.cancelled = true;
    const at = this.#waiting.indexOf(job);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      await this.#end(job, 'cancelled');
    } else job.child?.stop(10_000);
    return await this.show(id);
  }

  /** Its events, if they are still kept. @throws SlipwayError `job/no-build` */
  async events(id: string): Promise<Ring<BuildEvent>> {
    const build = await this.show(id);
    const job = this.#jobs.get(id);
    if (job) return job.events;
    const ring = new Ring<BuildEvent>(1);
    ring.push({ event: 'build', ...build });
    return ring;
  }

  /** Ends what runs; it is `interrupted`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#waiting.splice(0)) await this.#end(job, 'interrupted');
    for (const job of this.#jobs.values()) job.child?.stop();
    await Promise.all(this.#work);
  }

  #next(): void {
    const most = this.#options.installation.config.serve.api.builds;
    while (!this.#closed && this.#running < most) {
      const job = this.#waiting.shift();
      if (!job) return;
      this.#running++;
      const work = this.#run(job).finally(() => {
        this.#running--;
        this.#work.delete(work);
        this.#next();
      });
      this.#work.add(work);
    }
  }

  async #run(job: Job): Promise<void> {
    const { installation, command, db } = this.#options;
    try {
      await beginBuild(db, job.id);
      await this.#tell(job);
      const file = await recipeFile(installation, job.order.recipe);
      job.child = start([...command, 'build', '--json', ...flagsOf(job.order), file], {
        env: { SLIPWAY_ROOT: installation.paths.root, [WORKS_FOR]: job.who },
        // Every line is an event, kept in the ring; the whole output is not.
        maxOutput: 0,
        onLine: (line) => {
          const event = eventOf(line);
          if (!event) return;
          job.last = event;
          job.events.push(event);
        },
      });
      if (job.cancelled || this.#closed) job.child.stop();
      await job.child.done;
      await this.#end(job, 'done');
    } catch (error) {
      const last = job.last?.['event'] === 'error' ? job.last : { what: (error as Error).message };
      await this.#end(job, job.cancelled ? 'cancelled' : this.#closed ? 'interrupted' : 'failed', last);
    }
  }

  async #end(job: Job, state: BuildTable['state'], error?: BuildEvent): Promise<void> {
    const result = error ?? (state === 'done' ? job.last : undefined);
    await endBuild(this.#options.db, job.id, state, result);
    await this.#tell(job);
    job.ended = true;
    const over = [...this.#jobs.values()].filter((one) => one.ended);
    for (const { id } of over.slice(0, -KEPT_EVENTS)) this.#jobs.delete(id);
  }

  async #tell(job: Job): Promise<void> {
    const build = await this.show(job.id);
    job.events.push({ event: 'build', ...build });
    this.#options.onChange?.(build);
  }
}
