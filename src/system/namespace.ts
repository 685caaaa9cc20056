/**
 * Private namespaces that vanish with us. A holder process (`cat`, the first
 * process of a new pid namespace) lives as long as its standard input is open:
 * when Slipway ends in whatever way, the kernel kills everything inside and
 * drops every mount and network interface that was made there.
 * Recipe of the flags: util-linux unshare(1), nsenter(1).
 */
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { cleanEnvironment } from './environment.ts';
import { run, start, type Child, type RunOptions, type RunResult } from './process.ts';
import { defineErrors } from './errors.ts';

const fail = defineErrors('namespace', {
  refused: {
    what: 'Could not make private namespaces',
    why: 'Building and boot tests need root (CAP_SYS_ADMIN) and a kernel with mount, pid and network namespaces.',
    todo: 'Run as root; in a container allow CAP_SYS_ADMIN. slipway doctor shows what this host can do.',
  },
});

export interface NamespaceOptions {
  /** A network of its own: no interface but loopback. */
  network?: boolean;
}

/**
 * The first process inside. It ignores SIGCHLD, so that the kernel reaps what is orphaned to it: else
 * the namespaces that are made inside this one could never end. No shell: bash reads the user's
 * start-up files when its standard input is a socket, as it is here.
 */
const HOLDER = ['env', '--ignore-signal=CHLD', 'cat'];

/** Milliseconds for the holder to end. */
const PATIENCE = 10_000;

export class Namespace implements AsyncDisposable {
  readonly #holder: ReturnType<typeof spawn>;
  /** The holder's process id as the host sees it: `/proc/PID/root` is the inside. */
  readonly pid: number;
  readonly #flags: string[];

  private constructor(holder: ReturnType<typeof spawn>, pid: number, flags: string[]) {
    this.#holder = holder;
    this.pid = pid;
    this.#flags = flags;
  }

  static async open(options: NamespaceOptions = {}): Promise<Namespace> {
    const kinds = ['--mount', '--pid', '--ipc', '--uts', ...(options.network ? ['--net'] : [])];
    const holder = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        '--',
        'unshare',
        ...kinds,
        '--fork',
        '--kill-child=KILL',
        '--propagation',
        // What the host unmounts goes here, too: a copy of an overlay keeps its upper directory busy.
        'slave',
        '--mount-proc',
        ...HOLDER,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'], env: cleanEnvironment(), cwd: '/', detached: true },
    );
    let complaint = '';
    holder.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    holder.stdin.on('error', () => {});
    // cat echoes the line once everything is set up.
    holder.stdin.write('ready\n');
    const ended = once(holder, 'close').then(() => 'ended');
    const ready = once(holder.stdout, 'data').then(() => 'ready');
    if ((await Promise.race([ended, ready])) !== 'ready') throw fail('refused', {}, { output: complaint });
    const children = await readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8');
    return new Namespace(holder, Number(children.trim()), kinds);
  }

  /** The argument vector that runs `argv` inside. */
  command(argv: readonly string[]): string[] {
    return [
      // The signal that asks a program inside to end goes to the whole group. Were nsenter, which waits
      // outside, to end of it first, the program inside would be killed at once and could not clean up.
      'env',
      '--ignore-signal=TERM',
      '--',
      'nsenter',
      '--target',
      String(this.pid),
      // Where Slipway itself runs in a chroot, entering the mount namespace must not leave that.
      '--root',
      '--wd',
      ...this.#flags,
      '--',
      'env',
      '--default-signal=TERM',
      '--',
      'setpriv',
      '--pdeathsig',
      'KILL',
      '--',
      ...argv,
    ];
  }

  async run(argv: readonly string[], options?: RunOptions): Promise<RunResult> {
    return await run(this.command(argv), options);
  }

  start(argv: readonly string[], options?: RunOptions & { keepStdin?: boolean }): Child {
    return start(this.command(argv), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    const closed = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    // It cannot end while a dead process from inside has become the child of a first process that
    // reaps none, as some containers have. Everything inside is dead all the same.
    const timer = setTimeout(() => this.#holder.kill('SIGKILL'), PATIENCE);
    await closed;
    clearTimeout(timer);
  }
}
