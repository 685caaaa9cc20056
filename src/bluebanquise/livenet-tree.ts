/** The content of a livenet image: a file system in LiveOS/rootfs.img in a squashfs. */
import { lstat, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { findModules, findVmlinuz } from '../kernels/find.ts';
import { Namespace } from '../system/namespace.ts';
import type { RunOptions } from '../system/process.ts';
import { fail } from './errors.ts';

/** Never replayed, written or executed. A log that was not clean stays as it is. */
const OPTIONS = {
  xfs: 'loop,ro,nosuid,nodev,noexec,norecovery,nouuid',
  ext4: 'loop,ro,nosuid,nodev,noexec,noload',
};

/** One archive of the same bytes each time: a name for the content. */
const SAME = [
  '--sort=name',
  '--format=posix',
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
];

export interface LivenetContent {
  /** tar file with the whole tree. */
  archive: string;
  /** Directory of the modules of the image's kernel, if the tree has them. */
  modules?: string;
  /** The tree has this kernel, with its modules. */
  whole: boolean;
}

/**
 * Takes it out of `squashfs`, into files below `work`. Everything is mounted in namespaces of its own, which end here.
 * @param work an empty directory of ours
 * @param version of its kernel
 * @throws SlipwayError `bluebanquise/no-rootfs`, `process/…` of mount and tar
 */
export async function livenetContent(
  squashfs: string,
  work: string,
  version: string,
  options: RunOptions,
): Promise<LivenetContent> {
  const [outer, inner, archive] = [join(work, 'squashfs'), join(work, 'rootfs'), join(work, 'tree.tar')];
  await using namespace = await Namespace.open();
  const inside = async (...argv: string[]) => await namespace.run(argv, options);
  const seen = `/proc/${namespace.pid}/root`;
  await inside('mkdir', outer, inner);
  await inside('mount', '--types', 'squashfs', '--options', 'loop,ro,nosuid,nodev,noexec', squashfs, outer);
  const live = await lstat(join(seen, outer, 'LiveOS')).catch(() => undefined);
  const rootfs = join(outer, 'LiveOS/rootfs.img');
  const image = live?.isDirectory() ? await lstat(join(seen, rootfs)).catch(() => undefined) : undefined;
  if (!image?.isFile()) throw fail('no-rootfs', { file: squashfs });
  const { stdout } = await inside('blkid', '--probe', '--output', 'value', '--match-tag', 'TYPE', rootfs);
  const type = stdout.trim() === 'ext4' ? 'ext4' : 'xfs';
  await inside('mount', '--types', type, '--options', OPTIONS[type], rootfs, inner);
  const attributes = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '--acls', '--selinux', '--sparse'];
  await inside(
    'tar',
    '--create',
    '--file',
    archive,
    '--one-file-system',
    ...SAME,
    ...attributes,
    '--directory',
    inner,
    '.',
  );
  // Its date becomes that of the image.
  const { mtime } = await stat(squashfs);
  await utimes(archive, mtime, mtime);
  const root = join(seen, inner);
  const found = await findModules(root, version);
  if (found === undefined) return { archive, whole: false };
  const modules = join(work, 'modules', version);
  await inside('mkdir', join(work, 'modules'));
  await inside('cp', '--archive', '--no-target-directory', found.slice(seen.length), modules);
  return { archive, modules, whole: (await findVmlinuz(root, version)) !== undefined };
}
