/** The content of a livenet image: a file system in LiveOS/rootfs.img in a squashfs. */
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Namespace } from '../system/namespace.ts';
import type { RunOptions } from '../system/process.ts';
import { fail } from './errors.ts';

/** Never replayed, written or executed. A log that was not clean stays as it is. */
const OPTIONS: Record<string, string> = {
  xfs: 'loop,ro,nosuid,nodev,noexec,norecovery,nouuid',
  ext4: 'loop,ro,nosuid,nodev,noexec,noload',
};

/**
 * Copies it to `work/tree`. Everything is mounted in namespaces of its own, which end here.
 * @param work an empty directory of ours
 * @returns path of the tree
 * @throws SlipwayError `bluebanquise/no-rootfs`, `process/…` of mount and cp
 */
export async function livenetTree(squashfs: string, work: string, options: RunOptions): Promise<string> {
  const [outer, inner, tree] = [join(work, 'squashfs'), join(work, 'rootfs'), join(work, 'tree')];
  await using namespace = await Namespace.open();
  const inside = async (...argv: string[]) => await namespace.run(argv, options);
  await inside('mkdir', outer, inner);
  await inside('mount', '--types', 'squashfs', '--options', 'loop,ro,nosuid,nodev,noexec', squashfs, outer);
  const seen = `/proc/${namespace.pid}/root${outer}`;
  const live = await lstat(join(seen, 'LiveOS')).catch(() => undefined);
  const image = live?.isDirectory()
    ? await lstat(join(seen, 'LiveOS/rootfs.img')).catch(() => undefined)
    : undefined;
  if (!image?.isFile()) throw fail('no-rootfs', { file: squashfs });
  const rootfs = join(outer, 'LiveOS/rootfs.img');
  const { stdout } = await inside('blkid', '--probe', '--output', 'value', '--match-tag', 'TYPE', rootfs);
  const type = stdout.trim() === 'ext4' ? 'ext4' : 'xfs';
  await inside('mount', '--types', type, '--options', OPTIONS[type] ?? '', rootfs, inner);
  await inside('cp', '--archive', '--one-file-system', '--sparse=auto', '--no-target-directory', inner, tree);
  return tree;
}
