/** What every command gets as `this`. Everything dear is loaded on first use. */
import type { CommandContext, StricliProcess } from '@stricli/core';
import type { z } from 'zod';
import type { Operation } from '../operations/operation.ts';
import type { Installation } from '../system/config.ts';
import type { Sink } from '../system/events.ts';
import type { Interrupt } from './interrupt.ts';
import type { Renderer } from './render/renderer.ts';
import type { Remote, RemoteFlags } from './remote/server.ts';
import { styleFor, type Style } from './render/style.ts';

export interface Work {
  installation: Installation;
  sink: Sink;
  signal: AbortSignal;
}

export class Context implements CommandContext, Disposable {
  readonly process: StricliProcess;
  /** `--json` was given: results and events are JSON on standard output, one value a line. */
  readonly json: boolean;
  /** 1 after a result that is no error but no success either, such as a boot test that failed; what a signal says when one ended the menu. */
  exitCode = 0;
  readonly #asked: { command: string; flags: RemoteFlags };
  #remote: Remote | undefined;
  #renderer: Renderer | undefined;
  #interrupt: Interrupt | undefined;

  /** @param asked words of the command, for messages; and which server it is for */
  constructor(process: StricliProcess, json: boolean, asked: { command: string; flags: RemoteFlags }) {
    this.process = process;
    this.json = json;
    this.#asked = asked;
  }

  /**
   * The installation, an event sink that is shown, and a signal for Ctrl-C.
   * @throws SlipwayError `remote/local-only` with --server: what works on the installation itself cannot work there
   */
  async work(options: { reconcile?: boolean } = {}): Promise<Work> {
    if (this.#isRemote())
      throw (await import('./remote/errors.ts')).fail('local-only', {
        command: `slipway ${this.#asked.command}`,
      });
    const { loadInstallation } = await import('../system/config.ts');
    const installation = loadInstallation();
    if (installation.config.modes !== undefined)
      await (await import('../modes/outside.ts')).loadOutsideModes(installation.config.modes);
    const shown = await this.shown();
    if (options.reconcile && installation.config.autoclean)
      await (await import('./autoclean.ts')).autoclean(installation, shown.sink);
    return { installation, ...shown };
  }

  /** An event sink that is shown, and a signal for Ctrl-C. */
  async shown(): Promise<Omit<Work, 'installation'>> {
    const [renderer, { onInterrupt }] = await Promise.all([this.#openRenderer(), import('./interrupt.ts')]);
    const sink: Sink = (event) => renderer.sink(event);
    this.#interrupt ??= onInterrupt((message) => sink({ event: 'notice', level: 'warning', message }));
    return { sink, signal: this.#interrupt.signal };
  }

  /** Runs an operation: here, or on the server that --server or SLIPWAY_SERVER names. The answer is the same. */
  async call<I extends z.ZodObject, O extends z.ZodType>(
    one: Operation<I, O>,
    input: z.input<I>,
    options: { reconcile?: boolean } = {},
  ): Promise<z.output<O>> {
    const remote = await this.remote();
    try {
      if (!remote) {
        const [work, { callLocal }] = [await this.work(options), await import('./local.ts')];
        return await callLocal(one, input, work);
      }
      const [shown, { callRemote }] = [await this.shown(), await import('./remote/call.ts')];
      return await callRemote(remote, one, input, shown);
    } catch (error) {
      throw (await import('./errors.ts')).asUsage(error, this.#asked.command);
    }
  }

  /** The server that is to be asked; nothing: this host. */
  async remote(): Promise<Remote | undefined> {
    if (!this.#isRemote()) return undefined;
    const { remoteOf } = await import('./remote/server.ts');
    return (this.#remote ??= remoteOf(this.#asked.flags, process.env));
  }

  #isRemote(): boolean {
    return (this.#asked.flags.server ?? process.env['SLIPWAY_SERVER'] ?? '') !== '';
  }

  /** Exit code that a signal asks for, if one came. */
  interrupted(): number | undefined {
    return this.#interrupt?.exitCode();
  }

  /** Asks a person for a secret, where one sits at the terminal; nothing otherwise. */
  secretAsker(): ((question: string) => Promise<string>) | undefined {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    return async (question) => {
      const [{ askSecret }, renderer] = await Promise.all([import('./ask.ts'), this.#openRenderer()]);
      const ask = () => askSecret(question, this.#interrupt?.signal);
      return await (renderer.aside?.(ask) ?? ask());
    };
  }

  /** Shows something and asks a person yes or no, where one sits at the terminal; nothing otherwise. */
  confirmer(): ((shown: string, question: string) => Promise<boolean>) | undefined {
    if (this.json || !process.stdin.isTTY || !process.stderr.isTTY) return undefined;
    return async (shown, question) => {
      const [{ askWhether }, renderer] = await Promise.all([import('./ask.ts'), this.#openRenderer()]);
      const ask = async () => {
        process.stderr.write(shown);
        return await askWhether(question, this.#interrupt?.signal);
      };
      return await (renderer.aside?.(ask) ?? ask());
    };
  }

  /** Leaves the terminal to `during`; what happens meanwhile is shown afterwards. */
  async aside<T>(during: () => Promise<T>): Promise<T> {
    const renderer = await this.#openRenderer();
    return await (renderer.aside?.(during) ?? during());
  }

  /** Prints what a command found out: a line of JSON, or text that ends with a newline. */
  result(value: unknown, text: (style: Style, columns: number | undefined) => string): void {
    this.closeRenderer();
    this.process.stdout.write(
      this.json ? `${JSON.stringify(value)}\n` : text(this.style('stdout'), columnsOf(process.stdout)),
    );
  }

  style(stream: 'stdout' | 'stderr'): Style {
    return styleFor({ isTTY: process[stream].isTTY, env: process.env });
  }

  async #openRenderer(): Promise<Renderer> {
    return (this.#renderer ??= await this.#makeRenderer());
  }

  async #makeRenderer(): Promise<Renderer> {
    if (this.json)
      return (await import('./render/json.ts')).jsonRenderer((line) => this.process.stdout.write(line));
    const write = (text: string) => process.stderr.write(text);
    const style = this.style('stderr');
    if (!process.stderr.isTTY || process.env['TERM'] === 'dumb')
      return (await import('./render/plain.ts')).plainRenderer(write, style);
    const size = () => ({ columns: process.stderr.columns || 80, rows: process.stderr.rows || 24 });
    return (await import('./render/terminal.ts')).terminalRenderer({ write, size }, style);
  }

  /** Clears the live lines, so that what is printed next stands below what was done. */
  closeRenderer(): void {
    this.#renderer?.close();
    this.#renderer = undefined;
  }

  [Symbol.dispose](): void {
    this.closeRenderer();
    this.#interrupt?.[Symbol.dispose]();
  }
}

function columnsOf(stream: { isTTY?: boolean; columns?: number }): number | undefined {
  return stream.isTTY ? stream.columns : undefined;
}
