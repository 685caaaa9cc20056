/** An XFS of a tree. It is mounted in the sandbox's own namespace: mkfs.xfs(8) cannot copy trees. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Making } from './ext4.ts';

/** Least MiB that mkfs.xfs takes, since xfsprogs 5.19. */
export const XFS_LEAST = 300;
/** What the log, which is of 64 MiB at least, and the rest take of it, MiB. */
export const XFS_OVERHEAD = 80;

/**
 * Newer features off, so that an older kernel than this host's can mount it: 4.18 of EL8. An mkfs.xfs knows
 * only those of its own age. (The files for old kernels that come with it are broken in 6.1.)
 */
const NEWER: [major: number, minor: number, flags: string[]][] = [
  [0, 0, ['-m', 'reflink=0,rmapbt=0']],
  [5, 10, ['-m', 'bigtime=0,inobtcount=0']],
  [5, 19, ['-i', 'nrext64=0']],
  [6, 10, ['-i', 'exchange=0', '-n', 'parent=0']],
];

/** @param version what `mkfs.xfs -V` says */
function featuresFor(version: string): string[] {
  const [, major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).map(Number);
  return NEWER.flatMap(([a, b, flags]) => (major > a || (major === a && minor >= b) ? flags : []));
}

export async function makeXfs({ sandbox, work, file, bytes, uuid, options }: Making): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  await handle.truncate(bytes);
  const old = featuresFor((await sandbox.namespace.run(['mkfs.xfs', '-V'])).stdout);
  const { namespace, merged } = sandbox;
  const at = join(work, 'mounted');
  await mkdir(at);
  await namespace.run(['mkfs.xfs', '-q', ...old, '-m', `uuid=${uuid}`, file], options);
  // nouuid: another of the same image may be mounted at the same time.
  await namespace.run(['mount', '-t', 'xfs', '-o', 'loop,nouuid,nodev,nosuid', file, at], options);
  // No link is followed, neither in the tree nor in the new file system, where nobody else writes.
  await namespace.run(['cp', '--archive', '--no-target-directory', '--sparse=auto', merged, at], options);
  await namespace.run(['umount', at], options);
}
