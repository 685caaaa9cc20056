import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { fail } from './process-errors.ts';

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
