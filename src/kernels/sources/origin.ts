/** Where kernels come from: what is opened, what is in it, what is closed again. */
import type { FoundKernel } from '../find.ts';

/** A kernel with its modules, as files of this host while the origin is open. */
export interface Candidate extends FoundKernel {
  /** In words, for `kernel ls`: `this host`, `image compute:3`. */
  from: string;
  /** What messages call its vmlinuz. */
  label: string;
}

export interface Origin extends AsyncDisposable {
  readonly kernels: readonly Candidate[];
}

/** An origin that has nothing to close. */
export function plainOrigin(...kernels: Candidate[]): Origin {
  return { kernels, [Symbol.asyncDispose]: async () => await Promise.resolve() };
}
