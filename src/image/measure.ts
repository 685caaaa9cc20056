/** How much a tree takes up. */
import { silent, type Sink } from '../system/events.ts';
import { Sandbox, type Lower } from '../system/sandbox.ts';
import { workDirectory } from '../system/workdir.ts';
import type { Catalog } from './catalog.ts';
import type { PackedLayer } from './types.ts';

export interface Content {
  /** Bytes on a file system with blocks of 4 KiB: what differs from host to host is not counted. */
  bytes: number;
  /** Files, directories, links: inodes. */
  files: number;
}

const BLOCK = 4096;
/** A link's target stands in its inode up to this length. ext4(5) */
const INLINE_LINK = 60;

/** Packed layers as what a sandbox mounts. */
export function lowersOf(catalog: Catalog, layers: readonly PackedLayer[]): Lower[] {
  return layers.map(({ digest, format }) => ({ blob: catalog.blobPath(digest), format }));
}

/** Measures what these layers show together, the lowest first. */
export async function measure(
  catalog: Catalog,
  layers: readonly PackedLayer[],
  options: { sink?: Sink; signal?: AbortSignal } = {},
): Promise<Content> {
  const { paths } = catalog;
  await using work = await workDirectory(paths, 'measure');
  await using sandbox = await Sandbox.open(paths, work.path, lowersOf(catalog, layers), false);
  return await measureTree(sandbox, !layers.some((layer) => layer.format === 'erofs'), options);
}

/** @param sparse whether the file systems below tell how many blocks a file has: erofs tells how many it was packed into */
export async function measureTree(
  sandbox: Sandbox,
  sparse: boolean,
  { sink = silent, signal }: { sink?: Sink; signal?: AbortSignal } = {},
): Promise<Content> {
  const content: Content = { bytes: 0, files: 0 };
  const linked = new Set<string>();
  await sandbox.namespace.run(['find', sandbox.merged, '-printf', '%y %n %D:%i %s %b\\n'], {
    maxOutput: 0,
    signal,
    sink,
    onLine: (line) => {
      const [kind = '', links, id = '', size = '0', blocks = '0'] = line.split(' ');
      if (kind !== 'd' && links !== '1') {
        if (linked.has(id)) return;
        linked.add(id);
      }
      content.files++;
      content.bytes += room(kind, Number(size), sparse ? Number(blocks) * 512 : Infinity);
    },
  });
  return content;
}

function room(kind: string, size: number, onDisk: number): number {
  if (kind === 'd') return Math.max(BLOCK, up(size));
  if (kind === 'f') return up(Math.min(size, onDisk));
  return kind === 'l' && size >= INLINE_LINK ? up(size) : 0;
}

function up(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}
