/** A server that trees are pushed to: commands over ssh, of words that mean nothing to its shell. */
import { resolve } from 'node:path';
import type { Installation } from '../../system/config.ts';
import { diskFull } from '../../system/disk-full.ts';
import { SlipwayError } from '../../system/errors.ts';
import { run, start, type RunOptions, type RunResult } from '../../system/process.ts';
import { rsyncShell, sshAgent, sshCommand } from '../../system/ssh.ts';
import { workDirectory } from '../../system/workdir.ts';
import { fail } from '../errors.ts';
import type { Destination } from './destination.ts';

const LITERAL = /^[A-Za-z0-9_@%+=:,./-]+$/;
/** Exit code of ours for a lock that somebody else has; sysexits(3) EX_TEMPFAIL. */
const LOCKED = 75;

/** Longest path of a socket, with what ssh puts behind it while it makes one. unix(7) */
const LONGEST_SOCKET = 80;

export class Remote implements AsyncDisposable {
  readonly to: Destination;
  readonly #shell: string[];
  readonly #options: RunOptions;
  readonly #held = new AsyncDisposableStack();
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
    const work = await workDirectory(paths, 'push');
    const socket = `${work.path}/ssh`;
    // One connection for all: the others go through its socket.
    const mux = socket.length > LONGEST_SOCKET ? [] : ['-o', `ControlPath=${socket.replaceAll('%', '%%')}`];
    const remote = new Remote(to, [...shell, ...mux], { ...options, env: { ...options.env, ...sshAgent() } });
    remote.#held.use(work);
    try {
      if (mux.length > 0) await remote.#hold(['cat'], ['-o', 'ControlMaster=yes']);
      await remote.#look();
      return remote;
    } catch (error) {
      await remote[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #look(): Promise<void> {
    if ((await this.ask(['id', '-u'])).stdout.trim() !== '0') {
      const { code } = await this.ask(['sudo', '-n', 'true'], [0, 1, 126, 127]);
      if (code !== 0) throw fail('push-root', { ssh: this.to.ssh });
      this.#sudo = ['sudo', '-n'];
    }
    for (const tool of ['rsync', 'flock'])
      if ((await this.ask([tool, '--version'], [0, 1, 126, 127])).code !== 0)
        throw fail('push-tool', { host: this.to.host, tool });
    if ((await this.ask(['test', '-d', this.to.path], [0, 1])).code !== 0)
      throw fail('push-path', { host: this.to.host, path: this.to.path });
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
   * Takes a lock there until this is disposed, or we or the connection end in whatever way.
   * @throws SlipwayError `nfs/push-busy`
   */
  async lock(file: string): Promise<void> {
    const locked = ['flock', '--nonblock', '--conflict-exit-code', String(LOCKED), file, 'cat'];
    if (!(await this.#hold(locked))) throw fail('push-busy', { host: this.to.host, path: this.to.path });
  }

  /** Runs what echoes its input there, until this is disposed. @returns whether it began to */
  async #hold(words: readonly string[], flags: readonly string[] = []): Promise<boolean> {
    let begun = () => {};
    const begins = new Promise<true>((done) => (begun = () => done(true)));
    const options = { ...this.#options, sink: undefined, okCodes: [0, LOCKED] };
    const child = start(this.#argv(words, flags), { ...options, keepStdin: true, onLine: () => begun() });
    child.stdin.write('begin\n');
    const ended = child.done.then(() => false).catch((error: unknown) => this.#explain(error));
    this.#held.defer(async () => {
      child.stdin.end();
      await ended.catch(() => {}); // Where a connection is lost, what goes through it fails.
    });
    return await Promise.race([begins, ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  #argv(words: readonly string[], flags: readonly string[] = []): string[] {
    const bad = words.find((word) => !LITERAL.test(word));
    if (bad !== undefined) throw new Error(`not a literal of every shell: ${JSON.stringify(bad)}`);
    return [...this.#shell, ...flags, '--', this.to.ssh, ...this.#sudo, ...words];
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
    if (diskFull(error) || /Disk quota exceeded/.test(output))
      throw fail('push-space', { host, path }, context);
    if (/exit code 255/.test(error.message) || /connection unexpectedly closed|Broken pipe/.test(output))
      throw fail('push-unreachable', { host }, context);
    throw fail('push-failed', { host, path }, context);
  }
}
