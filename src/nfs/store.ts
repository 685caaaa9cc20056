/**
 * Where trees for NFS are. The store (`nfs.directory`, 0700) is for root of this host alone, since a node's
 * tree holds what the node's root put there, set-uid programs among them:
 *
 *     trees/HEX/tree.json, root/                 tree of a generation, HEX its digest; never changed
 *     nodes/IMAGE/NODE/node.json, DATA/          tree of a node: what its kind keeps, see kinds/kind.ts
 *     nodes/IMAGE/NODE/snapshots/NAME/           changes that the node had
 *     state/NODE/                                what nodes of mode readonly keep
 *
 * NFS clients see `nfs.exports` instead: mount points only, all nosuid, nodev and noexec for this host.
 *
 *     trees/HEX        read-only
 *     nodes/IMAGE/NODE
 *     state/NODE
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../image/types.ts';
import { checkName, NAME } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';

/** Names a generation's tree. */
export const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);

/** Entries of a directory that have the form of a name, sorted; none if it is not there. */
export const namesIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory).catch(() => [] as string[])).filter((one) => NAME.test(one)).toSorted();

/** Directory of a generation's tree in the store. */
export const treeDirectory = (paths: Paths, digest: Digest): string =>
  join(paths.nfs, 'trees', hexOf(digest));
/** The tree itself. */
export const treeRoot = (paths: Paths, digest: Digest): string => join(treeDirectory(paths, digest), 'root');
/** Path by which clients mount it. */
export const exportedTree = (paths: Paths, digest: Digest): string =>
  join(paths.exports, 'trees', hexOf(digest));

/** Of the trees of an image, in the store. Names come over the API, too: none leads elsewhere. @throws SlipwayError `name/invalid` */
export const imageDirectory = (paths: Paths, image: string): string =>
  join(paths.nfs, 'nodes', checkName('Image', image));
/** Directory of a node's tree in the store. @throws SlipwayError `name/invalid` */
export const nodeDirectory = (paths: Paths, image: string, node: string): string =>
  join(imageDirectory(paths, image), checkName('Node', node));
/** What the kind of its tree keeps. */
export const nodeData = (paths: Paths, tree: { image: string; node: string; data: string }): string =>
  join(nodeDirectory(paths, tree.image, tree.node), tree.data);
/** Where trees of an image are mounted. */
export const exportedImage = (paths: Paths, image: string): string => join(paths.exports, 'nodes', image);
export const exportedNode = (paths: Paths, image: string, node: string): string =>
  join(exportedImage(paths, image), node);

/** What a node of mode readonly keeps, in the store. */
export const stateDirectory = (paths: Paths, node: string): string => join(paths.nfs, 'state', node);
export const exportedState = (paths: Paths, node: string): string => join(paths.exports, 'state', node);
