/**
 * How many downloads there may be at a time, so that those under way get done.
 * Whoever can come back is told when (`Retry-After`); iPXE cannot, and waits in a
 * queue. No address may take all the places.
 */

export interface Limits {
  /** Downloads at a time. */
  places: number;
  /** Of these, of one address. */
  perAddress: number;
}

/** Gives a place back; the second call does nothing. */
export type Leave = () => void;

/** Requests that wait, at most; addresses that were sent away and are expected back, at most. */
const REMEMBERED = 10_000;
/** Seconds of `Retry-After`: at least, at most (nodes honour up to 300). */
const LEAST = 2;
const MOST = 200;

interface Waiting {
  enter(leave: Leave): void;
}

export class Admission {
  readonly #limits: Limits;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #held = new Map<string, number>();
  /** By address, the one whose turn is next first. */
  readonly #queue = new Map<string, Set<Waiting>>();
  #queued = 0;
  /** When each address that was sent away is no longer expected. */
  readonly #away = new Map<string, number>();
  #swept = 0;
  #used = 0;
  /** How long downloads hold their places, in seconds: a moving mean. */
  #mean = LEAST;

  /** @param clock milliseconds @param random from 0 to 1 */
  constructor(limits: Limits, clock = () => performance.now(), random = Math.random) {
    this.#limits = limits;
    this.#clock = clock;
    this.#random = random;
  }

  /** Downloads under way, and requests that wait for a place. */
  get counts(): { active: number; waiting: number } {
    return { active: this.#used, waiting: this.#queued };
  }

  /** A place, unless all are taken, or this address has its share. (While one is free, all that wait have theirs.) */
  enter(address: string): Leave | undefined {
    return this.#used < this.#limits.places && this.#mayHold(address) ? this.#take(address) : undefined;
  }

  /**
   * A place as soon as there is one: addresses take turns. Nothing if too many wait
   * already, or when `signal` aborts.
   */
  async wait(address: string, signal: AbortSignal): Promise<Leave | undefined> {
    const now = this.enter(address);
    if (now || this.#queued >= REMEMBERED || signal.aborted) return now;
    return await new Promise((resolve) => {
      const line = this.#queue.get(address) ?? new Set();
      const gone = () => {
        this.#remove(address, line, waiting);
        resolve(undefined);
      };
      const waiting: Waiting = {
        enter: (leave) => {
          signal.removeEventListener('abort', gone);
          resolve(leave);
        },
      };
      line.add(waiting);
      this.#queue.set(address, line);
      this.#queued++;
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  /** Seconds after which `address`, which got no place, should ask again: more the more are expected before it, spread by chance. */
  retryAfter(address: string): number {
    const now = this.#clock();
    if (now - this.#swept > 1000) {
      this.#swept = now;
      for (const [one, until] of this.#away) if (until < now) this.#away.delete(one);
    }
    const before = this.#queued + this.#away.size + 1;
    const wanted = (before / this.#limits.places) * this.#mean;
    const seconds = Math.ceil(Math.min(MOST, Math.max(LEAST, wanted)) * (0.5 + this.#random()));
    if (this.#away.size < REMEMBERED) this.#away.set(address, now + 2000 * seconds);
    return seconds;
  }

  #mayHold(address: string): boolean {
    return (this.#held.get(address) ?? 0) < this.#limits.perAddress;
  }

  #take(address: string): Leave {
    const since = this.#clock();
    this.#used++;
    this.#held.set(address, (this.#held.get(address) ?? 0) + 1);
    this.#away.delete(address);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#used--;
      this.#mean += ((this.#clock() - since) / 1000 - this.#mean) / 16;
      const others = (this.#held.get(address) ?? 1) - 1;
      if (others > 0) this.#held.set(address, others);
      else this.#held.delete(address);
      this.#next();
    };
  }

  /** Gives free places to those whose turn it is. */
  #next(): void {
    for (const [address, line] of this.#queue) {
      if (this.#used >= this.#limits.places) return;
      if (!this.#mayHold(address)) continue;
      const [first] = line;
      if (!first) continue;
      this.#remove(address, line, first);
      // Behind the others, and so seen again by this loop.
      if (line.size > 0) {
        this.#queue.delete(address);
        this.#queue.set(address, line);
      }
      first.enter(this.#take(address));
    }
  }

  #remove(address: string, line: Set<Waiting>, waiting: Waiting): void {
    if (!line.delete(waiting)) return;
    this.#queued--;
    if (line.size === 0) this.#queue.delete(address);
  }
}
