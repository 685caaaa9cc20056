/** Runs one command line: exit code 0 done, 1 failed, 2 wrong usage, 130/143 stopped by a signal. */
import { run } from '@stricli/core';
import { buildApp, commandPath } from './app.ts';
import { Context } from './context.ts';
import { takeGlobalFlags } from './global-flags.ts';
import type { RemoteFlags } from './remote/server.ts';

/** Runs `argv` (without program and script) and ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedPipes();
  const code = await runCommandLine(argv);
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  process.exit(code);
}

async function runCommandLine(all: readonly string[]): Promise<number> {
  let failure: unknown;
  let failed = false;
  const onFailure = (error: unknown) => {
    failure = error;
    failed = true;
  };
  let argv = [...all];
  let flags: RemoteFlags = {};
  try {
    ({ argv, flags } = takeGlobalFlags(all));
  } catch (error) {
    onFailure(error);
  }
  const app = buildApp(argv, onFailure);
  const end = argv.indexOf('--');
  const json = argv.slice(0, end < 0 ? undefined : end).includes('--json');
  // Errors are shown here, in one way; what Stricli would print about them is dropped.
  const streams = {
    stdout: process.stdout,
    stderr: { write() {}, getColorDepth: () => 1 },
    env: process.env,
  };
  using context = new Context({ ...streams, stdout: process.stdout, exitCode: 0 }, json, {
    command: commandPath(argv).join(' '),
    flags,
  });
  if (argv[0] === '__complete') {
    const { completionLines } = await import('./complete.ts');
    process.stdout.write(await completionLines(argv.slice(1), context));
    return 0;
  }
  if (!failed) await run(app, argv, context);
  const stopped = context.interrupted();
  context.closeRenderer();
  // A server that was asked to stop has done its work, and so has a build that was done before it heard of it.
  if (!failed) return context.exitCode;
  const [{ explained, fail }, { errorObject, errorText }] = await Promise.all([
    import('./errors.ts'),
    import('./render/error.ts'),
  ]);
  const error =
    stopped === undefined
      ? explained(failure)
      : fail('interrupted', { signal: stopped === 130 ? 'Ctrl-C' : 'termination' }, { cause: failure });
  if (json) process.stdout.write(`${JSON.stringify(errorObject(error))}\n`);
  else process.stderr.write(errorText(error, context.style('stderr'), process.stderr.columns || 100));
  return stopped ?? error.exit;
}

/** `slipway image ls | head -1` is no error, nor is a terminal that was closed: what nobody reads any more is dropped. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
}

async function flush(stream: NodeJS.WriteStream): Promise<void> {
  await new Promise<void>((resolve) => stream.write('', () => resolve()));
}
