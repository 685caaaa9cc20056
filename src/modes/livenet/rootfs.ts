/** `LiveOS/rootfs.img` of an image: its layers merged into one file system of a fixed size. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { lowersOf, measureTree } from '../../image/measure.ts';
import { fittingSize, inodesFor } from '../../image/size.ts';
import type { Catalog } from '../../image/catalog.ts';
import type { Resolved } from '../../image/types.ts';
import { SlipwayError } from '../../system/errors.ts';
import type { RunOptions } from '../../system/process.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { workDirectory } from '../../system/workdir.ts';
import { fail } from './errors.ts';
import { makeExt4 } from './ext4.ts';
import { makeXfs, XFS_LEAST, XFS_OVERHEAD } from './xfs.ts';

export type Filesystem = 'ext4' | 'xfs';
const MIB = 2 ** 20;

export interface RootfsRequest {
  catalog: Catalog;
  image: Resolved;
  size: number | 'auto';
  filesystem: Filesystem;
  /** Directory for it, on the disk of the layers. */
  directory: string;
  options: RunOptions;
}

/** Makes the file `rootfs.img`; returns its size. @throws SlipwayError `image/too-small`, `livenet/xfs-size`, `livenet/full` */
export async function makeRootfs(request: RootfsRequest): Promise<{ bytes: number; used: number }> {
  const { catalog, image, filesystem, directory, options } = request;
  const { generation, config } = image;
  const ref = `${generation.name}:${generation.generation}`;
  await using work = await workDirectory(catalog.paths, 'rootfs');
  await using sandbox = await Sandbox.open(catalog.paths, work.path, lowersOf(catalog, config.layers), false);
  const sparse = !config.layers.some((layer) => layer.format === 'erofs');
  const content = await measureTree(sandbox, sparse, { signal: options.signal });
  const bytes = sizeFor(request, fittingSize(content, request.size, ref));
  const making = {
    sandbox,
    work: work.path,
    file: join(directory, 'rootfs.img'),
    bytes,
    inodes: inodesFor(content, bytes),
    uuid: uuidOf(`${generation.digest} ${filesystem} ${bytes}`),
    epoch: Date.parse(config.date) / 1000,
    options,
  };
  try {
    await (filesystem === 'xfs' ? makeXfs(making) : makeExt4(making));
  } catch (error) {
    if (!isFull(error)) throw error;
    const size = bytes / MIB;
    throw fail(
      'full',
      { ref, filesystem, size, more: Math.ceil(size * 1.1) },
      { cause: error, output: (error as SlipwayError).output },
    );
  }
  return { bytes, used: content.bytes };
}

/** What XFS needs besides. */
function sizeFor({ filesystem, size }: RootfsRequest, bytes: number): number {
  if (filesystem === 'ext4') return bytes;
  if (size === 'auto') return Math.max(bytes + XFS_OVERHEAD * MIB, XFS_LEAST * MIB);
  if (bytes < XFS_LEAST * MIB) throw fail('xfs-size', { size: bytes / MIB, least: XFS_LEAST });
  return bytes;
}

/** The new file system is full, not the disk that it lies on: mke2fs and cp say so in their own words. */
function isFull(error: unknown): boolean {
  if (!(error instanceof SlipwayError)) return false;
  return /Could not allocate (block|inode) in ext2|\/mounted\/.*No space left/.test(error.output ?? '');
}

/** The same for the same content: a UUID in the form of RFC 9562, version 8. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
