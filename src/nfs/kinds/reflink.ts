import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../system/errors.ts';
import { run } from '../../system/process.ts';
import { copying } from './copy.ts';
import type { TreeKind } from './kind.ts';
import { probeDirectory } from './probe.ts';

/** Each node has files of its own, whose blocks are shared as long as they are the same. ioctl_ficlonerange(2) */
export const reflink: TreeKind = {
  name: 'reflink',
  description: 'a copy of the tree for each node, with shared blocks',
  async unusable(store) {
    await using probe = await probeDirectory(store);
    const [from, to] = [join(probe.path, 'from'), join(probe.path, 'to')];
    await writeFile(from, 'x'.repeat(8192));
    try {
      await run(['cp', '--reflink=always', '--', from, to]);
      return undefined;
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code !== 'process/failed') throw error;
      return 'its file system shares no blocks between files, as xfs and btrfs do';
    }
  },
  ...copying('--reflink=always'),
};
