/** images/NAME/image_data.yml, and where the content of each image is. */
import { join } from 'node:path';
import { checkImageName } from '../image/reference.ts';
import { nearestName, shown } from '../node/import/words.ts';
import type { Written } from '../parameters/form.ts';
import { readParameters } from '../parameters/read.ts';
import { SlipwayError } from '../system/errors.ts';
import { entriesOf, kindOf, textOf } from './files.ts';
import type { Layout } from './layout.ts';
import type { Leavings } from './left.ts';

export type Kind = 'livenet' | 'nfs-staging' | 'nfs-golden';

export interface FoundImage {
  /** Here. */
  name: string;
  /** There. */
  source: string;
  kind: Kind;
  directory: string;
  written: Written;
  /** Its content: a squashfs with LiveOS/rootfs.img in it, or a directory; nothing if it is not there. */
  tree?: { squashfs: string } | { directory: string };
}

const KINDS = {
  LivenetImage: 'livenet',
  NfsStagingImage: 'nfs-staging',
  NfsGoldenImage: 'nfs-golden',
} as const;

export async function readImages(
  { images, nfs }: Pick<Layout, 'images' | 'nfs'>,
  left: Leavings,
): Promise<FoundImage[]> {
  const found = new Map<string, FoundImage>();
  for (const { name: source, kind } of (images && (await entriesOf(images))) || []) {
    const leave = (reason: string) => left.leave('image', source, reason);
    if (kind !== 'directory') {
      leave(kind === 'link' ? 'it is a symbolic link' : 'it is no directory');
      continue;
    }
    const directory = join(images ?? '', source);
    const written = await readData(directory, leave);
    if (!written) continue;
    const name = nameHere(source);
    if (name === undefined) leave('its name has no letters or digits');
    else if (found.has(name)) leave(`its name would be ${name}, as that of another image`);
    else if (written.imageClass === 'DemoImage') leave('a demo image has nothing in it');
    else {
      if (name !== source) leave(`it is ${name} here: names have a-z 0-9 . _ - only`);
      if (written.name !== source)
        leave(`it calls itself ${shown(written.name)}; the name of its directory counts`);
      if (written.mounted)
        leave('it is mounted: changes since then are not in it until disklessset unmounts it');
      const image: FoundImage = { name, source, kind: KINDS[written.imageClass], directory, written };
      found.set(name, { ...image, tree: await treeOf(image, nfs, leave) });
    }
  }
  return [...found.values()];
}

function nameHere(source: string): string | undefined {
  const name = nearestName(source);
  try {
    return name && checkImageName(name);
  } catch {
    return undefined;
  }
}

async function readData(directory: string, leave: (reason: string) => void): Promise<Written | undefined> {
  const file = join(directory, 'image_data.yml');
  const read = await textOf(file);
  if ('reason' in read) {
    leave(
      `image_data.yml: ${read.reason}${read.reason === 'it is not there' ? ': it is half made or damaged' : ''}`,
    );
    return undefined;
  }
  try {
    return readParameters(read.text, file, { saved: true });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    for (const { message, where } of [error, ...error.also].slice(0, 5))
      leave(`image_data.yml, line ${where?.line ?? 1}: ${message}`);
    return undefined;
  }
}

/** Where it must be; what the file says of that is not believed. */
async function treeOf(
  { kind, source, directory }: FoundImage,
  nfs: string,
  leave: (reason: string) => void,
): Promise<FoundImage['tree']> {
  if (kind === 'livenet') {
    const squashfs = join(directory, 'squashfs.img');
    if ((await kindOf(squashfs)) === 'file') return { squashfs };
    leave('squashfs.img is not there: only its recipe is taken over');
    return undefined;
  }
  const tree = kind === 'nfs-staging' ? join(nfs, 'staging', source) : join(nfs, 'golden', source, 'image');
  if ((await kindOf(tree)) === 'directory') return { directory: tree };
  leave(`its tree ${tree} is not there: only its recipe is taken over`);
  return undefined;
}
