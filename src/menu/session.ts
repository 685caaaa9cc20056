/** What an action of the menu works with: somebody to ask, a place to write, and the work. */
import type { z } from 'zod';
import type { Work } from '../cli/context.ts';
import type { Renderer } from '../cli/render/renderer.ts';
import type { Style } from '../cli/render/style.ts';
import { callLocal } from '../cli/local.ts';
import { commandLines } from './command-line.ts';
import { wrap } from '../cli/render/error.ts';
import type { Operation } from '../operations/operation.ts';
import type { Installation } from '../system/config.ts';
import type { Asker } from './prompts.ts';

/** The terminal, or what stands for it in tests. */
export interface Surface {
  ask: Asker;
  style: Style;
  columns(): number;
  write(text: string): void;
  /** Shows what happens during work. */
  renderer(): Renderer;
  /** Keeps the keyboard from the screen during work. */
  hush(): Disposable;
  /** Aborted by Ctrl-C; asked for at the start of each piece of work. */
  signal(): AbortSignal;
}

export class Session {
  readonly installation: Installation;
  readonly surface: Surface;

  constructor(installation: Installation, surface: Surface) {
    this.installation = installation;
    this.surface = surface;
  }

  get ask(): Asker {
    return this.surface.ask;
  }

  get style(): Style {
    return this.surface.style;
  }

  /** Writes lines, as they are. */
  say(...lines: readonly string[]): void {
    this.surface.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Writes a text, broken at blanks so that it fits. */
  tell(text: string): void {
    this.say(...wrap(text, Math.max(20, this.surface.columns() - 5)).map((line) => `  ${line}`));
  }

  done(text: string): void {
    const [first = '', ...more] = wrap(text, Math.max(20, this.surface.columns() - 4));
    this.say('', ` ${this.style.green(this.style.sign.done)} ${first}`, ...more.map((line) => `   ${line}`));
  }

  /** Says which command does the same: nothing is in the menu alone. */
  same(...argv: readonly string[]): void {
    const intro = 'The same as a command:';
    const room = this.surface.columns() - 6;
    const lines = commandLines(argv, room);
    const short = lines.length === 1 && intro.length + 1 + (lines[0]?.length ?? 0) <= room;
    for (const line of short ? [`${intro} ${lines[0]}`] : [intro, ...lines.map((one) => `  ${one}`)])
      this.say(`   ${this.style.dim(line)}`);
  }

  /** Does work whose progress is shown; Ctrl-C aborts its signal. */
  async work<T>(run: (work: Work) => Promise<T>): Promise<T> {
    const signal = this.surface.signal();
    signal.throwIfAborted();
    const renderer = this.surface.renderer();
    using _ = this.surface.hush();
    try {
      return await run({ installation: this.installation, sink: (event) => renderer.sink(event), signal });
    } catch (error) {
      // Whatever the work says of having been stopped: it was asked to.
      signal.throwIfAborted();
      throw error;
    } finally {
      renderer.close();
    }
  }

  /** An operation, as the command line calls it on this host. */
  async call<I extends z.ZodObject, O extends z.ZodType>(
    one: Operation<I, O>,
    input: z.input<I>,
  ): Promise<z.output<O>> {
    return await this.work((work) => callLocal(one, input, work));
  }
}
