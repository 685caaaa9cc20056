/**
 * Signals while the menu runs. Ctrl-C ends what is done now, not the menu; a second
 * one before that has stopped kills the tools and leaves. SIGTERM and SIGHUP (the
 * terminal is gone) stop what is done and end the menu.
 */
import { killChildren } from '../system/process.ts';
import { Back } from './prompts.ts';

const NUMBER = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type Name = keyof typeof NUMBER;

export class Interrupts implements Disposable {
  #controller = new AbortController();
  #end: number | undefined;
  readonly #tell: (message: string) => void;
  readonly #handlers: [Name, () => void][];

  /** @param tell shows that something is being stopped */
  constructor(tell: (message: string) => void) {
    this.#tell = tell;
    this.#handlers = (Object.keys(NUMBER) as Name[]).map((name) => [name, () => this.#on(name)]);
    for (const [name, handler] of this.#handlers) process.on(name, handler);
  }

  /** Aborts with {@link Back}; another one after each {@link renew}. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Exit code that a signal asks for, if one did. */
  get end(): number | undefined {
    return this.#end;
  }

  /** Before what can be stopped on its own. */
  renew(): void {
    if (this.#controller.signal.aborted && this.#end === undefined) this.#controller = new AbortController();
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#on('SIGINT');
  }

  /** The terminal is gone. */
  hangUp(): void {
    this.#on('SIGHUP');
  }

  #on(name: Name): void {
    const again = this.#controller.signal.aborted;
    // A terminal that goes away says so twice: by the signal, and by the end of its input.
    if (again && name !== 'SIGHUP') {
      killChildren();
      process.exit(128 + NUMBER[name]);
    }
    if (name !== 'SIGINT') this.#end = 128 + NUMBER[name];
    else this.#tell('Stopping cleanly; press Ctrl-C again to kill what runs and leave');
    this.#controller.abort(new Back(`stopped by ${name}`));
  }

  [Symbol.dispose](): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler);
  }
}
