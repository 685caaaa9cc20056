/** What was made is kept, up to so many bytes; who asks for the same at once waits for the same. */
export class ByteCache<T> {
  readonly #limit: number;
  readonly #size: (value: T) => number;
  #bytes = 0;
  /** In the order of last use. */
  readonly #kept = new Map<string, { value: T; bytes: number }>();
  readonly #making = new Map<string, Promise<T>>();

  constructor(limit: number, size: (value: T) => number) {
    this.#limit = limit;
    this.#size = size;
  }

  /** Failures are not kept. */
  async get(key: string, make: () => Promise<T> | T): Promise<T> {
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.value;
    }
    const waiting = this.#making.get(key);
    if (waiting) return await waiting;
    const making = (async () => await make())();
    this.#making.set(key, making);
    try {
      const value = await making;
      this.#keep(key, value);
      return value;
    } finally {
      this.#making.delete(key);
    }
  }

  #keep(key: string, value: T): void {
    const bytes = this.#size(value) + 200;
    if (bytes > this.#limit / 4) return;
    this.#kept.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, one] of this.#kept) {
      if (this.#bytes <= this.#limit) break;
      this.#kept.delete(oldest);
      this.#bytes -= one.bytes;
    }
  }
}
