/** Work that goes on beside the steps: packing, flushing, the initramfs. */
export class Background {
  readonly #all: Promise<unknown>[] = [];

  /** Takes note of a promise. Its failure may be looked at later, or never: it does not end the program. */
  add<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {});
    this.#all.push(work);
    return work;
  }

  /** Waits until nothing goes on any more, whatever came of it. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#all);
  }
}
