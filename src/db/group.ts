/** Group commit: what is asked for at the same time is written in one transaction, which costs about as much as one of it alone. */

interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

export class Group<T, R> {
  readonly #write: (items: readonly T[]) => Promise<readonly R[]>;
  readonly #most: number;
  #waiting: Waiting<T, R>[] = [];
  #busy = false;

  /** @param write all items or none; results in their order @param most items of one call */
  constructor(write: (items: readonly T[]) => Promise<readonly R[]>, most = 256) {
    this.#write = write;
    this.#most = most;
  }

  /** Resolves when the item is written. What is wrong with one is not the others' fault. */
  async add(item: T): Promise<R> {
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#busy) return;
      this.#busy = true;
      // Those that came in together should go together.
      setImmediate(() => void this.#work());
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) await this.#together(this.#waiting.splice(0, this.#most));
    this.#busy = false;
  }

  async #together(all: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#write(all.map(({ item }) => item));
      all.forEach(({ resolve }, index) => resolve(results[index] as R));
    } catch (error) {
      if (all.length === 1) all[0]?.reject(error);
      else for (const one of all) await this.#together([one]);
    }
  }
}
