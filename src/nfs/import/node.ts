/** A whole root tree of a node, such as disklessset made, becomes a node tree: what it differs in is what it costs. */
import { lstat } from 'node:fs/promises';
import { task } from '../../system/events.ts';
import { addNodeTrees } from '../add.ts';
import { fail } from '../errors.ts';
import { makeTree } from '../golden.ts';
import type { NodesContext } from '../nodes.ts';
import { readNodeTree, type KindName } from '../records.ts';
import { treeRoot } from '../store.ts';
import { differencesOf, type DifferenceOptions } from './difference.ts';

export interface ImportedNode {
  image: string;
  generation: number;
  node: string;
  kind: KindName | undefined;
  /** Paths that differ. */
  changes: number;
}

/**
 * @param directory the tree; it stays as it is
 * @param options.against tree that it was copied from; default: that of the generation
 * @throws SlipwayError `nfs/import-there`, `nfs/import-directory`, and as `addNodeTrees`
 */
export async function importNodeTree(
  context: NodesContext,
  ref: string,
  node: string,
  directory: string,
  { against, ...options }: DifferenceOptions & { against?: string } = {},
): Promise<ImportedNode> {
  const { installation, catalog, sink, signal } = context;
  const { paths } = installation;
  const image = await catalog.resolve(ref);
  const { name, generation, digest } = image.generation;
  if (await readNodeTree(paths, name, node)) throw fail('import-there', { node, image: name });
  for (const one of [directory, ...(against === undefined ? [] : [against])]) await checkTree(one);
  return await task(sink, `tree of ${node} from ${directory}`, async ({ end }) => {
    await makeTree({ installation, catalog, image, sink, signal });
    const from = against ?? treeRoot(paths, digest);
    await using found = await differencesOf(from, directory, { installation, sink, signal }, options);
    end.detail = `${found.count} changes`;
    if (found.owners > 0)
      sink({
        event: 'notice',
        level: 'info',
        message: `${node}: ${found.owners} files have the owners of the golden tree again: its copy gave all to root`,
      });
    const { kind } = await addNodeTrees(context, `${name}:${generation}`, [node], { changes: found.upper });
    return { image: name, generation, node, kind, changes: found.count };
  });
}

/** @throws SlipwayError `nfs/import-directory` */
export async function checkTree(directory: string): Promise<void> {
  const is = async (path: string) => (await lstat(path).catch(() => undefined))?.isDirectory() === true;
  if (!(await is(directory))) throw fail('import-directory', { directory, reason: 'It is no directory.' });
  if (!(await is(`${directory}/etc`)) || !(await is(`${directory}/usr`)))
    throw fail('import-directory', { directory, reason: 'It has no etc and usr.' });
}
