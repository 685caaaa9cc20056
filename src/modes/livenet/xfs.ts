/** An XFS of a tree. It is mounted in the sandbox's own namespace: mkfs.xfs(8) cannot copy trees. */
import { mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Making } from './ext4.ts';

/** Least MiB that mkfs.xfs takes, since xfsprogs 5.19. */
export const XFS_LEAST = 300;
/** What the log, which is of 64 MiB at least, and the rest take of it, MiB. */
export const XFS_OVERHEAD = 80;

/** Features of that kernel, so that an older one than this host's can mount it. xfsprogs has such files since 5.10. */
const OLD_KERNEL = '/usr/share/xfsprogs/mkfs/lts_4.19.conf';

export async function makeXfs({ sandbox, work, file, bytes, uuid, options }: Making): Promise<void> {
  await using handle = await open(file, 'wx', 0o600);
  await handle.truncate(bytes);
  const old = await stat(OLD_KERNEL).then(
    () => ['-c', `options=${OLD_KERNEL}`],
    () => [],
  );
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
