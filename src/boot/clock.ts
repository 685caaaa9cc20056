/**
 * The time that boots are measured by. The wall clock of a host is set now and
 * then, by hours when NTP reaches it late: no boot under way may end by that, nor
 * last for ever. So a server counts on by the steady clock, and when the wall
 * clock has jumped, moves the boots under way along with it ({@link follow}).
 */

/** Milliseconds by which the two may differ before that counts as a jump. */
const JUMP = 2000;

export class BootClock {
  readonly #wall: () => number;
  readonly #steady: () => number;
  #offset: number;

  constructor(wall = () => Date.now(), steady = () => performance.now()) {
    this.#wall = wall;
    this.#steady = steady;
    this.#offset = wall() - steady();
  }

  /** Milliseconds since 1970 that never jump between two calls of {@link follow}. */
  now(): number {
    return Math.round(this.#steady() + this.#offset);
  }

  /**
   * Goes to the wall clock's time. After a jump, `shift` moves what is under way
   * by so many milliseconds; it calls `moved` at the moment from which the new
   * time holds, so that nothing sees one without the other.
   * @returns milliseconds of the jump; 0: there was none
   */
  async follow(shift: (by: number, moved: () => void) => Promise<void>): Promise<number> {
    const by = Math.round(this.#wall() - this.#steady() - this.#offset);
    const before = this.#offset;
    if (Math.abs(by) < JUMP) {
      this.#offset += by;
      return 0;
    }
    try {
      await shift(by, () => (this.#offset = before + by));
    } catch (error) {
      this.#offset = before;
      throw error;
    }
    return by;
  }
}

/** Of this process. */
export const bootClock = new BootClock();
