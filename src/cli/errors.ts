/** Errors of the command line itself. */
import { defineErrors, SlipwayError } from '../system/errors.ts';

export const fail = defineErrors('cli', {
  usage: {
    what: '{message}',
    why: 'The command line could not be understood; nothing was done.',
    todo: 'Run: {help}',
    exit: 2,
  },
  unreadable: {
    what: 'Cannot read {name}: {message}',
    why: 'The content is taken from there; nothing was done.',
    todo: 'Check the path and its permissions, or give it on standard input by -.',
    exit: 2,
  },
  interrupted: {
    what: 'Stopped on request ({signal})',
    why: 'An interrupt (Ctrl-C) or a termination signal arrived; what had begun was cleaned up.',
    todo: 'Run the command again to go on: finished steps are kept.',
  },
  'unknown-error-code': {
    what: 'There is no error {code}',
    why: 'Codes have the form room/name, as messages print them.',
    todo: '{hint}',
    exit: 2,
  },
  system: {
    what: 'The system refused: {message}',
    why: '{why}',
    todo: '{todo}',
  },
  unexpected: {
    what: 'Unexpected error: {message}',
    why: 'This is a defect of Slipway: no error should arrive here without an explanation.',
    todo: 'Please report it with the command, the output of slipway doctor, and the lines below.',
  },
});

const SYSTEM: Record<string, [why: string, todo: string]> = {
  ENOSPC: [
    'The disk is full. Nothing that was published before is damaged.',
    'Free space (slipway image gc), then run the command again.',
  ],
  EDQUOT: ['The disk quota is used up.', 'Raise the quota or free space, then run the command again.'],
  EACCES: [
    'This user may not touch that file.',
    'Run as root, or set SLIPWAY_ROOT to a directory of your own.',
  ],
  EPERM: ['The kernel allows this to root only.', 'Run as root; in a container allow CAP_SYS_ADMIN.'],
  EROFS: ['The file system is mounted read-only.', 'Set SLIPWAY_ROOT to a writable directory.'],
  EMFILE: ['Too many files are open.', 'Raise the limit (ulimit -n), then run the command again.'],
  ENOENT: ['A file or directory is not there.', 'Check the path.'],
  EISDIR: ['A directory stands where a file is needed.', 'Check the path.'],
  ENOTDIR: ['A file stands where a directory is needed.', 'Check the path.'],
  EADDRINUSE: ['Another program listens on that address already.', 'Stop it, or choose another port.'],
};

/** What an operation finds wrong with its input was written on the command line: there is where to look it up. */
export function asUsage(error: unknown, command: string): unknown {
  if (!(error instanceof SlipwayError) || error.code !== 'operation/bad-input') return error;
  const usage = ({ message }: SlipwayError, also?: SlipwayError[]) =>
    fail(
      'usage',
      { message: message.replace(/^[\w.]+: /, ''), help: `slipway ${command} --help` },
      { cause: error, also },
    );
  return usage(
    error,
    error.also.map((one) => usage(one)),
  );
}

/** Of the system, where SQLite met it too: a lock, which is a small database, has no room. */
function codeOf(error: unknown): string | undefined {
  const { code, errcode } = (error ?? {}) as { code?: string; errcode?: number };
  return errcode === undefined || (errcode & 0xff) !== 13 ? code : 'ENOSPC'; // SQLITE_FULL
}

/** Makes whatever was thrown an error that can be explained. */
export function explained(error: unknown): SlipwayError {
  if (error instanceof SlipwayError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const system = code === undefined ? undefined : SYSTEM[code];
  if (system) return fail('system', { message, why: system[0], todo: system[1] }, { cause: error });
  return fail(
    'unexpected',
    { message },
    { cause: error, output: error instanceof Error ? error.stack : undefined },
  );
}
