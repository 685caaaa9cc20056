/** A server that trees are pushed to: commands over ssh, of words that mean nothing to its shell. */
import { resolve } from 'node:path';
import type { Installation } from '../../system/config.ts';
import { diskFull } from '../../system/disk-full.ts';
import { SlipwayError } from '../../system/errors.ts';
import { run, start, type RunOptions, type RunResult } from '../../system/process.ts';
import { rsyncShell, sshAgent, sshCommand } from '../../system/ssh.ts';
import { fail } from '../errors.ts';
import type { Destination } from './destination.ts';

const LITERAL = /^[A-Za-z0-9_@%+=:,./-]+$/;
/** Exit code of ours for a lock that somebody else has; sysexits(3) EX_TEMPFAIL. */
const LOCKED = 75;

export class Remote {
  readonly to: Destination;
  readonly #shell: string[];
  readonly #options: RunOptions;
  #sudo: string[] = [];

  private constructor(to: Destination, shell: string[], options: RunOptions) {
    [this.to, this.#shell, this.#options] = [to, shell, options];
  }

  /**
   * Looks whether it can be pushed to: ssh, root, rsync, and the directory.
   * @throws SlipwayError `nfs/push-…`
   */
  static async open(to: Destination, { paths, config }: Installation, options: RunOptions): Promise<Remote> {
    const file = config.nfs.ssh_config;
    // Whatever a user's configuration says: a whole system with its secrets goes there.
    const shell = [
      ...sshCommand({ config: file && resolve(paths.etc, file) }),
      '-o',
      'StrictHostKeyChecking=yes',
    ];
    const remote = new Remote(to, shell, { ...options, env: { ...options.env, ...sshAgent() } });
    if ((await remote.ask(['id', '-u'])).stdout.trim() !== '0') {
      const { code } = await remote.ask(['sudo', '-n', 'true'], [0, 1, 126, 127]);
      if (code !== 0) throw fail('push-root', { ssh: to.ssh });
      remote.#sudo = ['sudo', '-n'];
    }
    for (const tool of ['rsync', 'flock'])
      if ((await remote.ask([tool, '--version'], [0, 1, 126, 127])).code !== 0)
        throw fail('push-tool', { host: to.host, tool });
    if ((await remote.ask(['test', '-d', to.path], [0, 1])).code !== 0)
      throw fail('push-path', { host: to.host, path: to.path });
    return remote;
  }

  /** Runs a command there, as root. @throws SlipwayError `nfs/push-…` */
  async ask(words: readonly string[], okCodes: readonly number[] = [0]): Promise<RunResult> {
    const options = { ...this.#options, okCodes };
    return await run(this.#argv(words), options).catch((error: unknown) => this.#explain(error));
  }

  /** rsync's arguments for the way there; the destination is the caller's. */
  get rsync(): string[] {
    const sudo = this.#sudo.length > 0 ? ['--rsync-path=sudo -n rsync'] : [];
    return ['--protect-args', rsyncShell(this.#shell), ...sudo];
  }

  /** Runs rsync. @throws SlipwayError `nfs/push-…` */
  async copy(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return await run(argv, { ...this.#options, ...options }).catch((error: unknown) => this.#explain(error));
  }

  /**
   * Holds a lock there until disposed, or until we or the connection end in whatever way.
   * @throws SlipwayError `nfs/push-busy`
   */
  async lock(file: string): Promise<AsyncDisposable> {
    let ready = () => {};
    const held = new Promise<void>((done) => (ready = done));
    const argv = this.#argv(['flock', '--nonblock', '--conflict-exit-code', String(LOCKED), file, 'cat']);
    const child = start(argv, {
      ...this.#options,
      okCodes: [0, LOCKED],
      keepStdin: true,
      onLine: () => ready(),
    });
    child.stdin.write('locked\n');
    const ended = child.done.catch((error: unknown) => this.#explain(error));
    const first = await Promise.race([held.then(() => undefined), ended]);
    if (first) throw fail('push-busy', { host: this.to.host, path: this.to.path });
    return {
      async [Symbol.asyncDispose]() {
        child.stdin.end();
        await ended.catch(() => {}); // A lost connection fails what runs under the lock.
      },
    };
  }

  #argv(words: readonly string[]): string[] {
    const bad = words.find((word) => !LITERAL.test(word));
    if (bad !== undefined) throw new Error(`not a literal of every shell: ${JSON.stringify(bad)}`);
    return [...this.#shell, '--', this.to.ssh, ...this.#sudo, ...words];
  }

  #explain(error: unknown): never {
    if (!(error instanceof SlipwayError) || error.code !== 'process/failed') throw error;
    const { ssh, host, path } = this.to;
    const { output = '' } = error;
    const context = { cause: error, output };
    if (/Host key verification failed|No \S+ host key is known|REMOTE HOST IDENTIFICATION/i.test(output))
      throw fail('push-host-key', { host, ssh }, context);
    if (/Permission denied \(|Too many authentication failures/.test(output))
      throw fail('push-login', { ssh }, context);
    if (/exit code 255/.test(error.message) || /connection unexpectedly closed|Broken pipe/.test(output))
      throw fail('push-unreachable', { host }, context);
    if (diskFull(error) || /Disk quota exceeded/.test(output))
      throw fail('push-space', { host, path }, context);
    throw fail('push-failed', { host, path }, context);
  }
}
