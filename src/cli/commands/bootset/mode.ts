import { fold } from '../../../nodeset/fold.ts';
import type { Node } from '../../../node/node.ts';
import type { Context } from '../../context.ts';

/**
 * bootset has no flag for the mode: the image says it. One whose nodes have trees, or that is published so, is
 * booted in mode nfs.
 * @returns the mode of each node by its name; nothing: it stays as it is
 * @throws SlipwayError `nfs/no-tree` naming all nodes that have none
 */
export async function modesFor(
  context: Context,
  ref: string,
  nodes: readonly Node[],
): Promise<(node: Node) => string | undefined> {
  const [{ imageShow }, { nfsList }, { DEFAULT_MODE }] = await Promise.all([
    import('../../../operations/image/show.ts'),
    import('../../../operations/nfs/list.ts'),
    import('../../../modes/index.ts'),
  ]);
  const { name, published } = await context.call(imageShow, { image: ref });
  const have = new Set((await context.call(nfsList, { image: name })).map(({ node }) => node));
  if (!published.some(({ mode }) => mode === 'nfs') && !nodes.some((node) => have.has(node.name)))
    return ({ mode }) => (mode === 'nfs' ? DEFAULT_MODE : undefined);
  const missing = nodes.filter((node) => !have.has(node.name)).map((node) => node.name);
  if (missing.length > 0) {
    const { fail } = await import('../../../nfs/errors.ts');
    throw fail('no-tree', { node: fold(missing), image: name });
  }
  return () => 'nfs';
}
