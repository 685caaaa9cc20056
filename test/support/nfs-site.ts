/** A store of NFS trees with records as commands make them, but with files of this test instead of an image. */
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../src/image/types.ts';
import { writePublication } from '../../src/image/publications.ts';
import { kinds } from '../../src/nfs/kinds/index.ts';
import { writeNodeTree, writeTree, type NodeTree } from '../../src/nfs/records.ts';
import { nodeData, nodeDirectory, treeDirectory, treeRoot } from '../../src/nfs/store.ts';
import type { Installation } from '../../src/system/config.ts';

export const GOLDEN: Digest = `sha256:${'a1'.repeat(32)}`;
const now = () => new Date().toISOString();

/** A tree with `etc/motd`, and `etc/shadow` that only root may read; published in mode readonly. */
export async function addTree({ paths }: Installation, digest = GOLDEN): Promise<void> {
  mkdirSync(join(treeRoot(paths, digest), 'etc'), { recursive: true, mode: 0o755 });
  mkdirSync(paths.nfs, { recursive: true, mode: 0o700 });
  writeFileSync(join(treeRoot(paths, digest), 'etc/motd'), 'golden\n');
  writeFileSync(join(treeRoot(paths, digest), 'etc/shadow'), 'secret\n', { mode: 0o640 });
  chownSync(join(treeRoot(paths, digest), 'etc/shadow'), 0, 42);
  const record = { image: 'compute', generation: 1, digest, created: now(), bytes: 14 };
  await writeTree(treeDirectory(paths, digest), record);
  await publishTree({ paths }, digest);
}

export async function publishTree({ paths }: Pick<Installation, 'paths'>, digest = GOLDEN): Promise<void> {
  // What is in it nobody asks for here: that it is there makes users of nodes nobody.
  const blobs = { private: { digest, size: 4096 } };
  await writePublication(paths, { mode: 'readonly', image: digest, created: now(), blobs, options: {}, key: 'x' }); // prettier-ignore
}

/** Trees of nodes over it. */
export async function addNodeTree(
  installation: Installation,
  node: string,
  more: Partial<NodeTree> = {},
): Promise<NodeTree> {
  const { paths } = installation;
  const tree: NodeTree = {
    image: 'compute',
    node,
    generation: 1,
    base: GOLDEN,
    kind: 'overlay',
    data: 'data-00000001',
    created: now(),
    refreshed: now(),
    ...more,
  };
  mkdirSync(nodeDirectory(paths, 'compute', node), { recursive: true });
  await kinds[tree.kind].create([nodeData(paths, tree)], treeRoot(paths, GOLDEN), { installation });
  await writeNodeTree(paths, tree);
  return tree;
}
