/**
 * Buffers for downloads, used again: memory that each download would allocate
 * anew is freed only when the collector gets to it, and under load that is late.
 */

/** Bytes of a buffer: large ones are fast, many large ones are memory. Powers of two. */
const LEAST = 16 << 10;
const MOST = 512 << 10;
/** What all buffers have together, about, with up to {@link BUDGET} / {@link LEAST} downloads. */
const BUDGET = 32 << 20;

export class Buffers {
  readonly #free: Buffer[] = [];
  #size = MOST;
  #users = 0;

  /** What one download may have now: a power of two that gets smaller as downloads get more. */
  get size(): number {
    return this.#size;
  }

  /** A download begins. Call the result when it has ended. */
  enter(): () => void {
    this.#resize(1);
    return () => this.#resize(-1);
  }

  /** A buffer of {@link size} bytes, with whatever another download left in it. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  /** Nobody may use it any more: not for a write that has not ended either. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#size && this.#free.length < BUDGET / this.#size) this.#free.push(buffer);
  }

  #resize(change: 1 | -1): void {
    this.#users += change;
    const share = BUDGET / Math.max(1, this.#users);
    const size = Math.min(MOST, Math.max(LEAST, 2 ** Math.floor(Math.log2(share))));
    if (size === this.#size) return;
    this.#size = size;
    this.#free.length = 0;
  }
}
