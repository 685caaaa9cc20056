/** A running machine, reached by rsync over ssh; or this one. */
import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createHash } from 'node:crypto';
import type { HostSource } from '../../recipe/schema.ts';
import { SlipwayError, type Place } from '../../system/errors.ts';
import { run, type RunOptions } from '../../system/process.ts';
import { rsyncShell, sshAgent, sshCommand } from '../../system/ssh.ts';
import { workDirectory } from '../../system/workdir.ts';
import { toolOptions, type BuildContext } from '../context.ts';
import { fail } from '../errors.ts';
import { EXCLUDED, mountExcludes } from './exclude.ts';

export interface HostMachine {
  /** Hash of all paths with type, owner, mode, size and time of change. */
  listing: string;
  /** Newest file, seconds. */
  date: number;
  architecture: 'amd64' | 'arm64';
  /** The argument vector that copies it to `to`. */
  copy: (to: string) => string[];
}

/** Looks the machine over, without its contents. @throws SlipwayError `build/host-failed`, `build/offline-missing` */
export async function lookAtHost(
  source: HostSource,
  base: string,
  where: Place,
  context: BuildContext,
  task: string,
): Promise<HostMachine> {
  if (context.options.offline && source.ssh !== undefined) throw fail('offline-missing', {}, { where });
  const { ssh_config: config, port } = source;
  const shell = sshCommand({ config: config && resolve(base, config), port });
  const options = { ...toolOptions(context, task), env: sshAgent() };
  const mounts = source.one_file_system
    ? ''
    : await ask(source, shell, ['cat', '/proc/self/mounts'], where, options);
  const machine = (await ask(source, shell, ['uname', '-m'], where, options)).trim();
  const excludes = [...EXCLUDED, ...mountExcludes(mounts), ...source.exclude];
  const rsync = (flags: readonly string[], to: string) => [
    'rsync', '--archive', '--hard-links', '--acls', '--xattrs', '--sparse', '--numeric-ids', ...flags,
    ...(source.one_file_system ? ['--one-file-system'] : []),
    ...excludes.map((pattern) => `--exclude=${pattern}`),
    ...(source.ssh === undefined ? [] : ['--protect-args', rsyncShell(shell)]),
    '--', source.ssh === undefined ? '/' : `${source.ssh}:/`, `${to}/`,
  ]; // prettier-ignore
  await using work = await workDirectory(context.installation.paths, 'host');
  const empty = `${work.path}/empty`;
  await mkdir(empty);
  // Against an empty directory: a line for everything that would be copied.
  const list = await run(rsync(['--dry-run', '--out-format=%i %B %U:%G %l %M %n%L'], empty), {
    ...options,
    sink: undefined,
    log: undefined,
    maxOutput: 1 << 30,
    ...LENIENT,
  }).catch(explain(source, 'rsync', where));
  const lines = list.stdout.split('\n').map(withoutTimeOfDirectory).filter(notTop).toSorted();
  let date = 0;
  for (const line of lines) {
    const time = /^\S+ \S+ \S+ \d+ (\d{4})\/(\d\d)\/(\d\d)-(\d\d:\d\d:\d\d) /.exec(line);
    if (time && line[1] === 'f')
      date = Math.max(date, Date.parse(`${time[1]}-${time[2]}-${time[3]}T${time[4]}Z`) / 1000);
  }
  return {
    listing: createHash('sha256').update(lines.join('\n')).digest('hex'),
    date,
    architecture: machine === 'aarch64' ? 'arm64' : 'amd64',
    copy: (to) => rsync([], to),
  };
}

/** What a directory holds has lines of its own; its size and time change with files that are not copied, too. */
function withoutTimeOfDirectory(line: string): string {
  return line.replace(/^(.d\S+ \S+ \S+) \d+ \S+ /, '$1 ');
}

/** `./` is listed only where it differs from the empty directory that it is compared with. */
const notTop = (line: string) => !line.endsWith(' ./');

/** Files that vanish or grow while a running machine is copied are no failure. rsync(1): 24. */
export const LENIENT = { okCodes: [0, 24] } as const;

/** Turns a failed tool into what it means. */
export function explain(source: HostSource, tool: string, where: Place) {
  return (error: unknown): never => {
    if (!(error instanceof SlipwayError) || error.code !== 'process/failed') throw error;
    const host = source.ssh ?? 'this machine';
    throw fail('host-failed', { host, tool }, { where, cause: error, output: error.output });
  };
}

async function ask(
  { ssh, ...rest }: HostSource,
  shell: readonly string[],
  command: readonly [string, ...string[]],
  where: Place,
  options: RunOptions,
): Promise<string> {
  const quiet = { ...options, sink: undefined };
  if (ssh === undefined)
    return command[0] === 'cat'
      ? await readFile(command[1] ?? '', 'utf8')
      : (await run(command, quiet)).stdout;
  // The far shell sees these words: they are literals without anything that means something to it.
  const answer = await run([...shell, '--', ssh, ...command], quiet).catch(
    explain({ ssh, ...rest }, 'ssh', where),
  );
  return answer.stdout;
}
