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
import { fail } from './errors.ts';
import { recipeFile } from './recipes.ts';
import { Ring } from './ring.ts';

export interface BuildOrder {
  recipe: string;
  /** Name of the image, instead of the one in the recipe. */
  name?: string;
  variables?: Record<string, string | number | boolean>;
  noCache?: boolean;
  offline?: boolean;
  explain?: boolean;
}

export interface BuildView extends BuildOrder {
  id: string;
  who: string;
  state: BuildTable['state'];
  /** ISO times. */
  created: string;
  started?: string;
  ended?: string;
  /** The `built` event. */
  built?: Record<string, unknown>;
  /** The error, as the command line tells it. */
  error?: Record<string, unknown>;
}

/** An event of a build, as `slipway build --json` prints it. */
export type BuildEvent = Record<string, unknown>;

const VALUE = /^(?!\/)[\p{L}\p{N} ._:@+=,%/~-]{0,500}$/u;
const WAITING = 100;
/** Of one build; and builds whose events are kept. */
const EVENTS = 2000;
const KEPT_EVENTS = 20;
const KEPT = 1000;

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
    await options.db
      .updateTable('build')
      .set({ state: 'interrupted', ended: Date.now() })
      .where('state', 'in', ['waiting', 'running'])
      .execute();
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
    const { recipe, ...options } = order;
    const row: BuildTable = {
      id,
      recipe,
      options: JSON.stringify(options),
      who,
      state: 'waiting',
      created: Date.now(),
      started: null,
      ended: null,
      result: null,
    };
    await db.insertInto('build').values(row).execute();
    await this.#forget();
    const job: Job = { id, who, order, events: new Ring(EVENTS), cancelled: false, ended: false };
    this.#jobs.set(id, job);
    this.#waiting.push(job);
    this.#options.onChange?.(view(row));
    this.#next();
    return view(row);
  }

  /** The newest first. */
  async list(): Promise<BuildView[]> {
    const rows = await this.#options.db
      .selectFrom('build')
      .selectAll()
      .orderBy('created', 'desc')
      .orderBy('id', 'desc')
      .execute();
    return rows.map(view);
  }

  /** @throws SlipwayError `job/no-build` */
  async show(id: string): Promise<BuildView> {
    const row = await this.#options.db
      .selectFrom('build')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw fail('no-build', { id: JSON.stringify(id) });
    return view(row);
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
      await db
        .updateTable('build')
        .set({ state: 'running', started: Date.now() })
        .where('id', '=', job.id)
        .execute();
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
    await this.#options.db
      .updateTable('build')
      .set({ state, ended: Date.now(), result: result ? JSON.stringify(result) : null })
      .where('id', '=', job.id)
      .execute();
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

  async #forget(): Promise<void> {
    await this.#options.db
      .deleteFrom('build')
      .where('state', 'not in', ['waiting', 'running'])
      .where('id', 'not in', (e) => e.selectFrom('build').select('id').orderBy('created', 'desc').limit(KEPT))
      .execute();
  }
}

function flagsOf({ name, variables = {}, noCache, offline, explain }: BuildOrder): string[] {
  return [
    ...(name === undefined ? [] : ['--name', name]),
    // JSON is YAML: the value arrives as it was sent.
    ...Object.entries(variables).flatMap(([key, value]) => [
      '--set',
      `variables.${key}=${JSON.stringify(value)}`,
    ]),
    ...(noCache ? ['--no-cache'] : []),
    ...(offline ? ['--offline'] : []),
    ...(explain ? ['--explain'] : []),
  ];
}

function eventOf(line: string): BuildEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as BuildEvent) : undefined;
  } catch {
    return undefined;
  }
}

function view(row: BuildTable): BuildView {
  const iso = (at: number | null) => (at === null ? undefined : new Date(at).toISOString());
  const result = row.result === null ? undefined : (JSON.parse(row.result) as BuildEvent);
  return {
    id: row.id,
    recipe: row.recipe,
    ...(JSON.parse(row.options) as Omit<BuildOrder, 'recipe'>),
    who: row.who,
    state: row.state,
    created: iso(row.created) ?? '',
    started: iso(row.started),
    ended: iso(row.ended),
    ...(result && (row.state === 'done' ? { built: result } : { error: result })),
  };
}
