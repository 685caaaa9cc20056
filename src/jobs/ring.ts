/** The last events, numbered: whoever was away can go on where it stopped, as long as the ring still has that. */
export interface Numbered<T> {
  /** Counts from 1. */
  number: number;
  value: T;
}

export class Ring<T> {
  readonly #most: number;
  #items: Numbered<T>[] = [];
  #last = 0;
  readonly #listeners = new Set<() => void>();

  /** @param most events kept */
  constructor(most: number) {
    this.#most = most;
  }

  /** Number of the newest event; 0: there was none. */
  get last(): number {
    return this.#last;
  }

  push(value: T): void {
    this.#items.push({ number: ++this.#last, value });
    // In pieces: shifting an array of thousands at each event would cost more than all else.
    if (this.#items.length >= this.#most * 2) this.#items = this.#items.slice(-this.#most);
    for (const listener of this.#listeners) listener();
  }

  /** The event after number `after`, and how many before it are gone. */
  next(after: number): { item: Numbered<T>; missed: number } | undefined {
    if (after >= this.#last) return undefined;
    const oldest = Math.max(this.#last - this.#most, this.#last - this.#items.length) + 1;
    const number = Math.max(after + 1, oldest);
    const item = this.#items[this.#items.length - 1 - (this.#last - number)];
    return item && { item, missed: number - after - 1 };
  }

  /** Calls `listener` at each new event, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}
