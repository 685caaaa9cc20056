import type { Installation } from '../../system/config.ts';
import { fail } from '../errors.ts';
import type { KindName } from '../records.ts';
import { btrfs } from './btrfs.ts';
import { copy } from './copy.ts';
import type { TreeKind } from './kind.ts';
import { overlay } from './overlay.ts';
import { reflink } from './reflink.ts';

/** All kinds, the one that is tried first at the top. */
const all: readonly TreeKind[] = [btrfs, overlay, reflink, copy];

/** By name. */
export const kinds: Readonly<Record<KindName, TreeKind>> = Object.fromEntries(
  all.map((kind) => [kind.name, kind]),
) as Record<KindName, TreeKind>;

export interface Chosen {
  kind: TreeKind;
  /** For people: why this one, and what speaks against those before it. */
  reason: string;
}

/** How trees of nodes are made on this host: what `nfs.trees` says. @throws SlipwayError `nfs/no-kind` */
export async function kindFor({ paths, config }: Installation): Promise<Chosen> {
  const wanted = config.nfs.trees;
  if (wanted !== 'auto') {
    const reason = await kinds[wanted].unusable(paths.nfs);
    if (reason !== undefined) throw fail('no-kind', { kind: wanted, path: paths.nfs, reason });
    return { kind: kinds[wanted], reason: `nfs.trees in config.yml says ${wanted}` };
  }
  const against: string[] = [];
  for (const kind of all) {
    const reason = await kind.unusable(paths.nfs);
    if (reason === undefined)
      return { kind, reason: [`the first that ${paths.nfs} can`, ...against].join('; ') };
    against.push(`${kind.name}: ${reason}`);
  }
  throw fail('no-kind', { kind: 'any kind', path: paths.nfs, reason: against.join('; ') });
}
