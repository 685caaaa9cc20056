/** A terminal of its own: tmux with a server that nobody else has. Waits are for texts, with a limit. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const LIMIT = 60_000;
const EVERY = 100;

export class Terminal implements Disposable {
  readonly #socket = `slipway-test-${randomBytes(6).toString('hex')}`;

  /** Runs `argv` in a terminal of this size; what it leaves stays on the screen. */
  constructor(
    argv: readonly string[],
    options: { env?: Record<string, string>; columns?: number; rows?: number } = {},
  ) {
    const { env = {}, columns = 100, rows = 40 } = options;
    const pairs = Object.entries({ TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env });
    this.#tmux('start-server', ';', 'set-option', '-g', 'remain-on-exit', 'on', ';', 'set-option', '-g', 'default-terminal', 'tmux-256color', ';', 'set-option', '-g', 'history-limit', '10000', ';', 'new-session', '-d', '-x', String(columns), '-y', String(rows), 'env', ...pairs.map(([key, value]) => `${key}=${value}`), 'sh', '-c', '"$@"; echo "[exit $?]"', 'sh', ...argv); // prettier-ignore
  }

  #tmux(...args: string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  }

  /** Keys as tmux names them: `Enter`, `C-c`, `Down`; or text. */
  press(...keys: string[]): void {
    this.#tmux('send-keys', ...keys);
  }

  /** Text as it is, then Enter. */
  type(text: string): void {
    if (text !== '') this.#tmux('send-keys', '-l', text);
    this.press('Enter');
  }

  /** What is on the screen; with `all` what has scrolled away, too. */
  screen({ all = false, colour = false } = {}): string {
    return this.#tmux('capture-pane', '-p', ...(all ? ['-S', '-'] : []), ...(colour ? ['-e'] : []));
  }

  /** The screen once it has `text`. */
  async shows(text: string | RegExp): Promise<string> {
    for (let waited = 0; ; waited += EVERY) {
      const screen = this.screen();
      if (typeof text === 'string' ? screen.includes(text) : text.test(screen)) return screen;
      if (waited > LIMIT)
        throw new Error(`the screen never showed ${String(text)}, but:\n${screen.trimEnd()}`);
      await setTimeout(EVERY);
    }
  }

  /** The screen once the menu asks `question` and waits for the answer. */
  async asks(question: string): Promise<string> {
    const quoted = RegExp.escape(question);
    return await this.shows(new RegExp(`\\[\\+\\] [^\\n]*${quoted}(?![\\s\\S]*\\[\\+\\])[\\s\\S]*-->:`));
  }

  /** Waits for the question and answers it; what stands in the field goes away unless the answer is empty. */
  async answer(question: string, text: string): Promise<void> {
    await this.asks(question);
    if (text !== '') this.press('C-u');
    this.type(text);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Clears the screen's past, so that only what comes now is found. */
  forget(): void {
    this.#tmux('clear-history');
  }

  /** Process id of the program. */
  get pid(): number {
    const shell = this.#tmux('display-message', '-p', '#{pane_pid}').trim();
    return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ')[0]);
  }

  /** Its exit code, once it has ended. The shell tells it: tmux 3.3 sometimes forgets it. */
  async ends(): Promise<number> {
    return Number(/\[exit (\d+)\]/.exec(await this.shows(/\[exit \d+\]/))?.[1]);
  }

  /** The terminal goes away without a word, as a closed window or a lost connection does. */
  kill(): void {
    const server = Number(this.#tmux('display-message', '-p', '#{pid}'));
    process.kill(server, 'SIGKILL');
  }

  [Symbol.dispose](): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server'], { stdio: 'ignore' });
  }
}
