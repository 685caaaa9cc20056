/**
 * The one gateway to other programs. Argument vectors only, never a shell; a
 * clean environment; a process group of its own; killed with us (also by
 * SIGKILL, through the parent-death signal); every exit code counts.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import { cleanEnvironment } from './environment.ts';
import type { SlipwayError } from './errors.ts';
import { Output, type OutputOptions } from './output.ts';
import { fail } from './process-errors.ts';

export interface RunOptions extends OutputOptions {
  cwd?: string;
  /** Added to the clean environment. */
  env?: Record<string, string>;
  /** Written to standard input, which is then closed. Without it standard input is empty. */
  input?: string | Uint8Array;
  signal?: AbortSignal;
  /** Milliseconds. */
  timeout?: number;
  /** Exit codes that are no failure. Default `[0]`. */
  okCodes?: readonly number[];
  /** Raw standard output goes here instead of into the result. */
  stdout?: Writable;
}

export interface RunResult {
  code: number;
  stdout: string;
  stderr: string;
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

  const output = new Output(options);
  if (options.stdout) child.stdout.pipe(options.stdout);
  else child.stdout.on('data', (chunk: Buffer) => output.feed('stdout', chunk));
  child.stderr.on('data', (chunk: Buffer) => output.feed('stderr', chunk));
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
      output.end();
      const error = failureOf(tool, { code, signal, timedOut, output }, options);
      if (error) reject(error);
      else resolve({ code: code ?? 0, ...output.kept });
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

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
  output: Output;
}

/** Why that is no success; nothing if it is one. */
function failureOf(
  tool: string,
  { code, signal, timedOut, output }: Ended,
  options: RunOptions,
): SlipwayError | undefined {
  const context = { output: output.tail() };
  if (options.signal?.aborted) return fail('cancelled', { tool }, context);
  if (timedOut) return fail('timeout', { tool, seconds: (options.timeout ?? 0) / 1000 }, context);
  // In the words of setpriv, nsenter and bwrap.
  const missing = new RegExp(`(failed to execute|execvp) ${escape(tool)}: No such file`);
  if ((code === 127 || code === 1) && missing.test(output.kept.stderr))
    return fail('missing', { tool }, context);
  if (signal) return fail('failed', { tool, how: `ended by ${signal}` }, context);
  if (!(options.okCodes ?? [0]).includes(code ?? 1))
    return fail('failed', { tool, how: `exit code ${code}` }, context);
  if (output.tooLong()) return fail('failed', { tool, how: 'more output than the limit' }, context);
  return undefined;
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
