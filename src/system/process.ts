/**
 * The one gateway to other programs. Argument vectors only, never a shell; a
 * clean environment; a process group of its own; killed with us (also by
 * SIGKILL, through the parent-death signal); every exit code counts.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { LogFile } from './logfile.ts';
import { defineErrors, type SlipwayError } from './errors.ts';
import type { Sink } from './events.ts';

const fail = defineErrors('process', {
  failed: {
    what: '{tool} failed: {how}',
    why: 'Slipway stops at the first tool that does not succeed; its last output is below.',
    todo: 'Mend what the tool complains about and run the command again: finished steps are kept.',
  },
  missing: {
    what: 'The program {tool} is not installed',
    why: 'Slipway calls the real tools of the distribution.',
    todo: 'Run: slipway doctor. It prints the command that installs what is missing.',
  },
  cancelled: {
    what: 'Stopped on request while {tool} ran',
    why: 'An interrupt (Ctrl-C) or a termination signal arrived.',
    todo: 'Run the command again to go on: finished steps are kept.',
  },
  timeout: {
    what: '{tool} did not end within {seconds} s',
    why: 'The limit for this call ran out.',
    todo: 'See its last output; raise the limit if the machine is only slow.',
  },
});

export interface RunOptions {
  cwd?: string;
  /** Added to the clean environment. */
  env?: Record<string, string>;
  /** Written to standard input, which is then closed. Without it standard input is empty. */
  input?: string | Uint8Array;
  /** Gets all output, unshortened. */
  log?: LogFile;
  /** Gets each line as an `output` event of task `id`. */
  sink?: Sink;
  id?: string;
  signal?: AbortSignal;
  /** Milliseconds. */
  timeout?: number;
  /** Exit codes that are no failure. Default `[0]`. */
  okCodes?: readonly number[];
  /** Called with each line of standard output as it comes. */
  onLine?: (line: string) => void;
  /** Raw standard output goes here instead of into the result. */
  stdout?: Writable;
  /** Most bytes of output to keep. Default 64 MiB; more is an error. 0: none is kept, and any is fine. */
  maxOutput?: number;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Lines of output kept for an error. */
const TAIL_LINES = 40;
const KEPT_ENVIRONMENT = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Nothing of the caller's environment gets into a build but the proxy settings. */
export function cleanEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const env: Record<string, string> = {
    PATH,
    LC_ALL: 'C.UTF-8',
    LANG: 'C.UTF-8',
    HOME: '/root',
    TERM: 'dumb',
  };
  for (const name of KEPT_ENVIRONMENT) {
    const value = process.env[name];
    if (value) env[name] = value;
  }
  return { ...env, ...extra };
}

/** Runs `argv` to its end. @throws SlipwayError `process/…` */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = start(argv, options);
  return await child.done;
}

/** As {@link run}; standard output as it came: names of files are bytes. */
export async function runBytes(argv: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await run(argv, { ...options, stdout });
  return Buffer.concat(chunks);
}

export interface Child {
  pid: number;
  stdin: Writable;
  /** Settles when the process ended and all output was read. */
  done: Promise<RunResult>;
  /** TERM to the whole group, KILL after `grace` milliseconds. */
  stop(grace?: number): void;
}

const groups = new Set<number>();

/** Kills every process group that {@link start} made and that still runs: for a program that must leave at once. */
export function killChildren(): void {
  for (const pid of groups)
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
}

/** Starts `argv` and returns at once: for servers and for {@link run}. */
export function start(argv: readonly string[], options: RunOptions & { keepStdin?: boolean } = {}): Child {
  const tool = toolName(argv);
  options.signal?.throwIfAborted();
  options.log?.write(
    `$ ${argv.map((a) => (/^[\w@%+=:,./-]+$/.test(a) ? a : JSON.stringify(a))).join(' ')}\n`,
  );
  // The parent-death signal takes the child along when we are killed; --pdeathsig survives the exec.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    cwd: options.cwd ?? '/',
    env: cleanEnvironment(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });

  const { pid } = child;
  if (pid !== undefined) groups.add(pid);

  const tail: string[] = [];
  let stdout = '';
  let stderr = '';
  let overflow = false;
  const limit = options.maxOutput ?? 64 << 20;
  const line = (text: string, isStdout: boolean) => {
    tail.push(text);
    if (tail.length > TAIL_LINES) tail.shift();
    if (isStdout) options.onLine?.(text);
    if (options.sink && options.id) options.sink({ event: 'output', id: options.id, line: text });
  };
  const reader = (isStdout: boolean) => {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    return {
      feed(chunk: Buffer) {
        const text = decoder.write(chunk);
        options.log?.write(text);
        if (stdout.length + stderr.length + text.length > limit) overflow = true;
        else if (isStdout) stdout += text;
        else stderr += text;
        const lines = (rest + text).split(/\r?\n|\r/);
        rest = lines.pop() ?? '';
        for (const one of lines) line(one, isStdout);
      },
      end() {
        if (rest) line(rest, isStdout);
      },
    };
  };
  const out = reader(true);
  const err = reader(false);
  if (options.stdout) child.stdout.pipe(options.stdout);
  else child.stdout.on('data', (chunk: Buffer) => out.feed(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.feed(chunk));
  child.stdin.on('error', () => {}); // EPIPE: the exit code tells.
  if (options.input !== undefined) child.stdin.end(options.input);
  else if (!options.keepStdin) child.stdin.end();

  let closed = false;
  const signalGroup = (name: NodeJS.Signals) => {
    if (child.pid === undefined || closed) return;
    // Its first process may be gone while others of the group still hold its output. As long as there
    // are such, the kernel gives its number to no one else; a process with that number is a stranger.
    const first = child.exitCode === null && child.signalCode === null;
    if (!first && existsSync(`/proc/${child.pid}`)) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // Already gone.
    }
  };
  let killTimer: NodeJS.Timeout | undefined;
  const stop = (grace = 3000) => {
    signalGroup('SIGTERM');
    killTimer ??= setTimeout(() => signalGroup('SIGKILL'), grace);
    killTimer.unref();
  };
  const abort = () => stop();
  options.signal?.addEventListener('abort', abort, { once: true });
  let timedOut = false;
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, options.timeout);

  const done = new Promise<RunResult>((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      cleanup();
      reject(cause.code === 'ENOENT' ? fail('missing', { tool: 'setpriv' }, { cause }) : cause);
    });
    child.once('close', (code, signal) => {
      cleanup();
      out.end();
      err.end();
      const context = { output: tail.join('\n') };
      let error: SlipwayError | undefined;
      if (options.signal?.aborted) error = fail('cancelled', { tool }, context);
      else if (timedOut) error = fail('timeout', { tool, seconds: (options.timeout ?? 0) / 1000 }, context);
      else if (
        (code === 127 || code === 1) &&
        new RegExp(`(failed to execute|execvp) ${escape(tool)}: No such file`).test(stderr)
      )
        error = fail('missing', { tool }, context);
      else if (signal) error = fail('failed', { tool, how: `ended by ${signal}` }, context);
      else if (!(options.okCodes ?? [0]).includes(code ?? 1))
        error = fail('failed', { tool, how: `exit code ${code}` }, context);
      else if (overflow && limit > 0)
        error = fail('failed', { tool, how: 'more output than the limit' }, context);
      if (error) reject(error);
      else resolve({ code: code ?? 0, stdout, stderr });
    });
  });
  function cleanup() {
    closed = true;
    if (pid !== undefined) groups.delete(pid);
    clearTimeout(timer);
    clearTimeout(killTimer);
    options.signal?.removeEventListener('abort', abort);
  }
  done.catch(() => {}); // The caller may attach later; an unobserved failure must not end the program.
  return { pid: child.pid ?? 0, stdin: child.stdin, done, stop };
}

/**
 * Runs `argv` on the terminal of this process, for a person: it gets the keyboard and Ctrl-C as we do.
 * @param options.descriptor bytes that it can read from descriptor 3
 * @param options.errors standard output goes where errors go
 * @returns its exit code; 128 and the signal's number, as shells say it
 */
export async function runAttached(
  argv: readonly string[],
  options: { env: Record<string, string>; descriptor?: Uint8Array; errors?: boolean; signal?: AbortSignal },
): Promise<number> {
  const [tool = '', ...words] = argv;
  const child = spawn(tool, words, {
    cwd: '/',
    env: options.env,
    stdio: ['inherit', options.errors ? 2 : 'inherit', 'inherit', options.descriptor ? 'pipe' : 'ignore'],
  });
  const stop = () => child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  const pipe = child.stdio[3] as Writable | null;
  pipe?.on('error', () => {}); // The exit code tells.
  pipe?.end(options.descriptor);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (cause: NodeJS.ErrnoException) =>
        reject(cause.code === 'ENOENT' ? fail('missing', { tool }, { cause }) : cause),
      );
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    });
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

const WRAPPERS = new Set(['nsenter', 'setpriv', 'unshare', 'env', 'bwrap', 'prlimit']);

/** The tool that the user knows: what stands behind the wrappers, each of which ends with `--`. */
function toolName(argv: readonly string[]): string {
  let at = 0;
  while (WRAPPERS.has(argv[at] ?? '')) {
    const end = argv.indexOf('--', at);
    if (end < 0) break;
    at = end + 1;
  }
  return argv[at] ?? '';
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
