/** What `slipway serve` in the server's machine says of boots. */
import type { Child } from '../../../src/system/process.ts';
import type { StageReport } from '../../../src/vm/server.ts';
import type { Shell } from './ssh.ts';

export class Stages implements AsyncDisposable {
  readonly heard: StageReport[] = [];
  readonly #child: Child;
  #waiting: (() => void)[] = [];

  /** From the last start of the system on. */
  constructor(shell: Shell) {
    const follow = 'exec journalctl --boot --follow --lines=all --output=cat --unit=slipway';
    this.#child = shell.start(follow, { onLine: (line) => this.#take(line), maxOutput: 0 });
    this.#child.done.catch(() => {});
  }

  /** Waits for a report after the first `from` ones. What is no report has its kind as its stage. */
  async until(
    wanted: (one: StageReport) => boolean,
    from: number,
    failed: Promise<never>,
  ): Promise<StageReport> {
    for (;;) {
      const found = this.heard.slice(from).find(wanted);
      if (found) return found;
      const more = Promise.withResolvers<void>();
      this.#waiting.push(more.resolve);
      await Promise.race([more.promise, failed]);
    }
  }

  #take(line: string): void {
    let event: { event?: string; kind?: string; fields?: Partial<StageReport> };
    try {
      event = JSON.parse(line) as typeof event;
    } catch {
      return; // systemd's own lines
    }
    if (event.event !== 'serve') return;
    const { node = '', stage = event.kind ?? '', detail = '' } = event.fields ?? {};
    this.heard.push({ node, stage, detail });
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stop();
    await this.#child.done.catch(() => {});
  }
}
