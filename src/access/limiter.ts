/** Counts per key in windows of time, for a bounded number of keys. */
export interface LimiterOptions {
  /** Allowed in one window. */
  limit: number;
  /** Milliseconds. */
  window: number;
  /** Keys remembered; those whose window began first are forgotten. */
  keys?: number;
}

const KEYS = 10_000;

export class Limiter {
  readonly #limit: number;
  readonly #window: number;
  readonly #keys: number;
  readonly #counts = new Map<string, { since: number; count: number }>();

  constructor({ limit, window, keys = KEYS }: LimiterOptions) {
    this.#limit = limit;
    this.#window = window;
    this.#keys = keys;
  }

  /** Counts one. @returns how many there were in this window, with this one */
  count(key: string, now = performance.now()): number {
    const entry = this.#entry(key, now);
    if (entry) return ++entry.count;
    if (this.#counts.size >= this.#keys) {
      const [oldest] = this.#counts.keys();
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    this.#counts.set(key, { since: now, count: 1 });
    return 1;
  }

  /** Seconds until `key` may come again; 0: now. */
  wait(key: string, now = performance.now()): number {
    const entry = this.#entry(key, now);
    if (!entry || entry.count < this.#limit) return 0;
    return Math.max(1, Math.ceil((entry.since + this.#window - now) / 1000));
  }

  /** The entry of the present window. */
  #entry(key: string, now: number) {
    const entry = this.#counts.get(key);
    if (entry && entry.since + this.#window > now) return entry;
    this.#counts.delete(key);
    return undefined;
  }
}
