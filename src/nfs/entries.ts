/** What is mounted below `nfs.exports`, by what. */
import type { Digest } from '../image/types.ts';
import type { TableEntry } from '../system/mount-table.ts';
import type { Paths } from '../system/paths.ts';
import { EXPORTED } from './attach.ts';
import { kinds } from './kinds/index.ts';
import type { NodeTree } from './records.ts';
import { exportedNode, exportedState, exportedTree, nodeData, stateDirectory, treeRoot } from './store.ts';

export function treeEntry(paths: Paths, digest: Digest): TableEntry {
  const options = `bind,ro,${EXPORTED}`;
  return { source: treeRoot(paths, digest), target: exportedTree(paths, digest), type: 'none', options };
}

export function nodeEntry(paths: Paths, tree: NodeTree): TableEntry {
  const at = exportedNode(paths, tree.image, tree.node);
  return kinds[tree.kind].entry(nodeData(paths, tree), treeRoot(paths, tree.base), at, paths.nfs);
}

export function stateEntry(paths: Paths, node: string): TableEntry {
  const options = `bind,${EXPORTED}`;
  return { source: stateDirectory(paths, node), target: exportedState(paths, node), type: 'none', options };
}
