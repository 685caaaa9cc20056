/** A cap on what all downloads together send: a token bucket that several threads share without a lock. */

const UNITS: Record<string, number> = {
  'kbit/s': 1e3 / 8,
  'Mbit/s': 1e6 / 8,
  'Gbit/s': 1e9 / 8,
  'kB/s': 1e3,
  'MB/s': 1e6,
  'GB/s': 1e9,
};

/** Bytes per second that `2 Gbit/s` and the like mean. The form is checked by the configuration. */
export function bytesPerSecond(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+) (\S+)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? NaN);
}

/** Seconds of its rate that a bucket saves up while nobody takes. */
const SAVED = 0.05;

/**
 * The time up to which everything is given out (the "theoretical arrival time" of
 * the GCRA, ITU-T I.371) is all the state there is: one number, in nanoseconds,
 * changed by compare and exchange. Whoever comes before that time has to wait.
 */
export class Bucket {
  readonly rate: number;
  /** To be handed to another thread, which makes a bucket of it. */
  readonly memory: SharedArrayBuffer;
  readonly #until: BigInt64Array;
  readonly #clock: () => bigint;

  /** @param rate bytes per second @param clock nanoseconds, the same for all threads */
  constructor(rate: number, memory = new SharedArrayBuffer(8), clock = () => process.hrtime.bigint()) {
    this.rate = rate;
    this.memory = memory;
    this.#until = new BigInt64Array(memory);
    this.#clock = clock;
  }

  /** Takes `bytes` and returns 0; or takes nothing and returns the milliseconds until it is worth asking again. */
  take(bytes: number): number {
    for (;;) {
      const now = this.#clock();
      const until = Atomics.load(this.#until, 0);
      if (until > now) return Math.max(1, Math.ceil(Number(until - now) / 1e6));
      const saved = now - this.#nanoseconds(this.rate * SAVED);
      const next = (until > saved ? until : saved) + this.#nanoseconds(bytes);
      if (Atomics.compareExchange(this.#until, 0, until, next) === until) return 0;
    }
  }

  /** Takes without asking, what cannot wait: later takers wait longer. */
  charge(bytes: number): void {
    for (;;) {
      const until = Atomics.load(this.#until, 0);
      const saved = this.#clock() - this.#nanoseconds(this.rate * SAVED);
      const next = (until > saved ? until : saved) + this.#nanoseconds(bytes);
      if (Atomics.compareExchange(this.#until, 0, until, next) === until) return;
    }
  }

  /** Gives back what was taken and not sent. */
  give(bytes: number): void {
    if (bytes > 0) Atomics.sub(this.#until, 0, this.#nanoseconds(bytes));
  }

  /** What to take at once: small enough that many share evenly, large enough to be worth a call. */
  portion(most: number): number {
    return Math.max(16 << 10, Math.min(most, Math.floor(this.rate / 100)));
  }

  #nanoseconds(bytes: number): bigint {
    return BigInt(Math.round((bytes / this.rate) * 1e9));
  }
}
