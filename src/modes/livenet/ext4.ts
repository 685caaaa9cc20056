/** An ext4 of a tree, made without mounting: mke2fs(8) copies it and follows no link. */
import type { RunOptions } from '../../system/process.ts';
import type { Sandbox } from '../../system/sandbox.ts';

/** What every kernel since 4.18 can write to. No journal: in memory it is of no use, and takes its share. */
const FEATURES =
  'none,sparse_super,large_file,filetype,dir_index,ext_attr,extent,huge_file,flex_bg,dir_nlink,extra_isize,64bit';

export interface Making {
  sandbox: Sandbox;
  /** A directory for what is needed meanwhile. */
  work: string;
  /** Where the image goes, which is not there yet; a path that the sandbox's namespace sees as the host does. */
  file: string;
  /** Whole MiB. */
  bytes: number;
  inodes: number;
  uuid: string;
  /** SOURCE_DATE_EPOCH, seconds. */
  epoch: number;
  options: RunOptions;
}

export async function makeExt4({
  sandbox,
  file,
  bytes,
  inodes,
  uuid,
  epoch,
  options,
}: Making): Promise<void> {
  const argv = [
    'mke2fs', '-q', '-F', '-t', 'ext4', '-O', FEATURES, '-b', '4096', '-I', '256', '-N', String(inodes), '-m', '0', '-U', uuid,
    '-E', `hash_seed=${uuid},root_owner=0:0,lazy_itable_init=0,nodiscard`, '-d', sandbox.merged, file, `${bytes / 2 ** 20}M`,
  ]; // prettier-ignore
  await sandbox.namespace.run(argv, { ...options, env: { E2FSPROGS_FAKE_TIME: String(epoch) } });
}
