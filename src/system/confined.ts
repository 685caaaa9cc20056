/**
 * Runs a program of this host over files that may be hostile: it sees the host's
 * programs and libraries, read-only, and of all else only what is lent to it. No
 * network, no capability, no other process. bwrap(1)
 */
import { run, type RunOptions, type RunResult } from './process.ts';

export interface ConfinedOptions extends RunOptions {
  /** Host path → path inside. */
  binds?: Record<string, string>;
  readOnlyBinds?: Record<string, string>;
  /** Kept, over this host's files: setfiles cannot write a label without CAP_SYS_ADMIN. Default: none, in a user namespace. */
  capabilities?: readonly string[];
}

const HOST = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc/ld.so.cache', '/etc/alternatives'];

/** The argument vector that runs `argv` confined. */
export function confined(argv: readonly string[], options: ConfinedOptions = {}): string[] {
  const { capabilities = [] } = options;
  return [
    'bwrap', ...HOST.flatMap((path) => ['--ro-bind-try', path, path]),
    '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp',
    ...Object.entries(options.binds ?? {}).flatMap(([from, to]) => ['--bind', from, to]),
    ...Object.entries(options.readOnlyBinds ?? {}).flatMap(([from, to]) => ['--ro-bind', from, to]),
    ...(capabilities.length > 0 ? [] : ['--unshare-user-try']),
    '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try',
    '--cap-drop', 'ALL', ...capabilities.flatMap((one) => ['--cap-add', one]), '--die-with-parent', '--new-session', '--chdir', '/', '--', ...argv,
  ]; // prettier-ignore
}

/** Runs it to its end. @throws SlipwayError `process/…` */
export async function runConfined(
  argv: readonly string[],
  options: ConfinedOptions = {},
): Promise<RunResult> {
  return await run(confined(argv, options), options);
}
