/** A shell or a command in a mounted image, with nothing of this host in reach. */
import { lstat } from 'node:fs/promises';
import { resolveInRoot } from '../system/in-root.ts';
import { runAttached } from '../system/attached.ts';
import { cleanEnvironment } from '../system/environment.ts';
import { CAPABILITIES } from '../system/sandbox.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Installation } from '../system/config.ts';
import { fail } from './errors.ts';
import type { Mounted } from './mount.ts';
import { terminalFilter } from './terminal-filter.ts';
import { umountImage, type UmountOptions, type Unmounted } from './umount.ts';

export interface ShellOptions {
  /** Program and arguments; default: bash, or sh where there is none, as a login shell. */
  command?: readonly string[];
  /** The terminal's name, for the program inside. */
  terminal?: string;
  /** Its output goes where errors go. */
  errors?: boolean;
  signal?: AbortSignal;
}

/**
 * Runs a command in the tree, on the terminal of this process: in namespaces of its own but with the
 * network of this host. What it leaves running ends with it. Returns its exit code.
 * @throws SlipwayError `mount/no-shell`, `process/missing`
 */
export async function runInside(mounted: Mounted, options: ShellOptions = {}): Promise<number> {
  const { image, generation, path } = mounted;
  const command = options.command?.length ? options.command : await shellOf(mounted);
  const env = cleanEnvironment({ TERM: options.terminal ?? 'dumb', SLIPWAY_IMAGE: `${image}:${generation}` });
  const home = (await lstat(await resolveInRoot(path, '/root')).catch(() => undefined))?.isDirectory() ? '/root' : '/'; // prettier-ignore
  const argv = [
    'bwrap', '--bind', path, '/', '--dev', '/dev', '--proc', '/proc',
    '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--hostname', image, '--unshare-cgroup',
    '--cap-drop', 'ALL', ...CAPABILITIES.flatMap((c) => ['--cap-add', c]),
    '--die-with-parent', '--seccomp', '3', '--chdir', home, '--', ...command,
  ]; // prettier-ignore
  const { errors, signal } = options;
  return await runAttached(argv, { env, descriptor: terminalFilter(), errors, signal });
}

async function shellOf({ image, path }: Mounted): Promise<string[]> {
  for (const shell of ['/bin/bash', '/bin/sh'])
    if ((await lstat(await resolveInRoot(path, shell)).catch(() => undefined))?.isFile())
      return [shell, '-l'];
  throw fail('no-shell', { image });
}

export interface ShellEnd {
  image: string;
  /** Exit code of the command. */
  code: number;
  /** Nothing: it is still mounted. */
  unmounted?: Unmounted;
  /** Where it is still mounted: it was before, or the command failed. */
  path?: string;
}

/**
 * What comes after {@link runInside}: an image that was mounted for it is unmounted, with a new generation if
 * something was changed. After a failure nothing is published: it stays mounted to be looked at.
 */
export async function finishShell(
  installation: Installation,
  catalog: Catalog,
  mounted: Mounted,
  code: number,
  options: UmountOptions = {},
): Promise<ShellEnd> {
  const { image, path, already, resumed } = mounted;
  const ours = !already && !resumed;
  if (!ours || (code !== 0 && !options.discard)) return { image, code, path };
  return { image, code, unmounted: await umountImage(installation, catalog, image, options) };
}
