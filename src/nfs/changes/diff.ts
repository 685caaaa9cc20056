/** What a node changed against the tree that it stands on. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareTrees, type FileChange } from '../../image/compare-trees.ts';
import { unshown } from '../../image/tree-files.ts';
import { silent, task, type Sink } from '../../system/events.ts';
import { Sandbox } from '../../system/sandbox.ts';
import { fail } from '../errors.ts';
import type { KindName } from '../records.ts';
import { readNodeTree } from '../records.ts';
import { treeRoot } from '../store.ts';
import { freeze, type FreezeContext } from './freeze.ts';
import { withoutOurs, writtenAtBoot, type Registry } from './written.ts';

export interface NodeDiff {
  node: string;
  image: string;
  /** Of the image, that it stands on. */
  generation: number;
  kind: KindName;
  /** By path; with names for people. */
  files: FileChange[];
  /** There are more than the limit. */
  truncated: boolean;
}

export interface DiffOptions {
  /** Also what Slipway itself writes into the tree when the node boots. */
  all?: boolean;
  /** Most files listed; default 100,000. */
  limit?: number;
  sink?: Sink;
}

const LIMIT = 100_000;

/**
 * While the node is up it is as of now. Modification times do not count.
 * @throws SlipwayError `nfs/not-in-image`, `namespace/refused`
 */
export async function diffNode(
  context: FreezeContext & Registry,
  image: string,
  node: string,
  { all = false, limit = LIMIT, sink = silent }: DiffOptions = {},
): Promise<NodeDiff> {
  const { paths } = context.installation;
  const tree = await readNodeTree(paths, image, node);
  if (!tree) throw fail('not-in-image', { nodes: node, image, name: image, near: '' });
  const { generation, kind } = tree;
  return await task(sink, `look for changes of ${node}`, async () => {
    await using frozen = await freeze(context, tree);
    const directory = async (name: string) => {
      await mkdir(join(frozen.work, name));
      return join(frozen.work, name);
    };
    const base = { directory: treeRoot(paths, tree.base) };
    await using before = await Sandbox.open(paths, await directory('before'), [base], false);
    const after = await before.withLayer(paths, await directory('after'), frozen.upper);
    const ours = all ? new Set<string>() : await writtenAtBoot(context, node, after);
    const found: FileChange[] = [];
    const now = { tree: after, own: [frozen.upper] };
    for await (const one of compareTrees({ tree: before, own: [] }, now, context.signal)) {
      found.push(one);
      // Some of them are left out below.
      if (found.length > limit + ours.size * 10) break;
    }
    const files = withoutOurs(found, ours, ({ path }) => unshown(path));
    const truncated = files.length > limit;
    if (truncated) files.length = limit;
    return { node, image, generation, kind, files, truncated };
  });
}
