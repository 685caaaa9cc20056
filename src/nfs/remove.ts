import { realpath, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { foldBriefly } from '../nodeset/fold.ts';
import { standingIn } from '../mounts/holders.ts';
import { closest } from '../system/closest.ts';
import { SlipwayError } from '../system/errors.ts';
import { task } from '../system/events.ts';
import { checkName } from '../system/names.ts';
import type { Paths } from '../system/paths.ts';
import { attach, detach } from './attach.ts';
import { refuseBooted } from './booted.ts';
import { nodeEntry } from './entries.ts';
import { fail } from './errors.ts';
import { reconcileExports } from './exports/reconcile.ts';
import { kinds } from './kinds/index.ts';
import { lockNodes, sweepNodes, type NodesContext } from './nodes.ts';
import { listNodeTrees, unreadableRecords, type NodeTree } from './records.ts';
import { removeTree } from './remove-tree.ts';
import { exportedImage, exportedNode, nodeData, nodeDirectory } from './store.ts';

export interface Removed {
  image: string;
  removed: string[];
}

/**
 * Takes the trees of nodes away, with what the nodes changed and what was saved of it, all or none: first their
 * records, so that nobody gets them any more, then exports, mounts and data. Of an image that is not there
 * any more, too.
 * @param ref name of the image; with a generation, those that stand on another are not in it
 * @throws SlipwayError `nfs/not-in-image`, `nfs/booted`, `nfs/busy`
 */
export async function removeNodeTrees(
  context: Omit<NodesContext, 'catalog'>,
  ref: string,
  nodes: readonly string[],
  { force = false }: { force?: boolean } = {},
): Promise<Removed> {
  const { installation, sink } = context;
  const { paths } = installation;
  const [name = '', number] = ref.split(':', 2);
  const image = checkName('Image', name);
  using _ = await lockNodes(context, image, `removing trees of ${image}`);
  const trees = await chosen(context, image, nodes);
  const others = trees.filter(({ generation }) => number !== undefined && String(generation) !== number);
  if (others.length > 0) {
    const on = [...new Set(others.map(({ generation }) => generation))].join(', ');
    const near = `They stand on generation ${on}. `;
    throw fail('not-in-image', {
      nodes: foldBriefly(others.map(({ node }) => node)),
      image: ref,
      name: image,
      near,
    });
  }
  if (!force) await refuseBooted(context, image, trees.map(({ node }) => node)); // prettier-ignore
  await task(sink, `remove ${trees.length} trees of ${image}`, async () => {
    await release(context, image, trees, force);
    for (const [kind, some] of Map.groupBy(trees, (tree) => tree.kind))
      await kinds[kind].remove(some.map((tree) => nodeData(paths, tree)));
    await removeTree(...trees.map((tree) => nodeDirectory(paths, image, tree.node)));
    await sweepNodes(paths, image);
  });
  return { image, removed: trees.map(({ node }) => node) };
}

/** @throws SlipwayError `nfs/not-in-image` naming those that have none */
export async function chosen(
  { installation: { paths } }: Pick<NodesContext, 'installation'>,
  image: string,
  nodes: readonly string[],
): Promise<NodeTree[]> {
  const have = new Map((await listNodeTrees(paths, image)).map((tree) => [tree.node, tree]));
  const unique = [...new Set(nodes)];
  const missing = unique.filter((node) => !have.has(node));
  if (missing.length > 0) {
    const records = missing.map((node) => join(nodeDirectory(paths, image, node), 'node.json'));
    const damaged = (await unreadableRecords(paths, image)).find((path) => records.includes(path));
    if (damaged !== undefined) throw fail('bad-record', { path: damaged });
    const others = (await listNodeTrees(paths)).filter(({ node }) => missing.includes(node));
    const images = [...new Set(others.map((tree) => tree.image))];
    const [first = ''] = missing;
    // Numbers are no slips of the pen: n101 is not n001.
    const words = (text: string) => text.replace(/\d+/g, '');
    const near = closest(first, [...have.keys()].filter((node) => words(node) !== words(first))); // prettier-ignore
    const hint =
      images.length > 0 ? `They have one of ${images.join(', ')}. ` : near ? `Did you mean ${near}? ` : '';
    throw fail('not-in-image', { nodes: foldBriefly(missing), image, name: image, near: hint });
  }
  return unique.flatMap((node) => have.get(node) ?? []);
}

/** Neither recorded nor exported nor mounted any more. What is in use is put back as it was. @throws SlipwayError `nfs/busy` */
async function release(
  { installation, db, sink, signal }: Omit<NodesContext, 'catalog'>,
  image: string,
  trees: readonly NodeTree[],
  force: boolean,
): Promise<void> {
  const { paths } = installation;
  const record = (node: string) => join(nodeDirectory(paths, image, node), 'node.json');
  const aside = (node: string) => join(nodeDirectory(paths, image, node), '.tmp-removed');
  try {
    for (const { node } of trees) await rename(record(node), aside(node));
    const about = [exportedImage(paths, image)];
    await reconcileExports(installation, db, sink, signal, { about }).catch((error: unknown) => {
      // What is not mounted any more cannot be read, whatever the NFS server thinks that it exports.
      if (!force || !(error instanceof SlipwayError)) throw error;
      const message = `${error.message}. The trees are removed all the same. ${error.todo}`;
      sink({ event: 'notice', level: 'warning', message });
    });
    const points = trees.map(({ node }) => exportedNode(paths, image, node));
    const busy = await detach(points, { lazy: force });
    if (busy.length > 0) throw await busyError(paths, image, busy);
  } catch (error) {
    // By a rename: that takes no space.
    for (const { node } of trees) await rename(aside(node), record(node)).catch(() => {});
    await attach(
      paths,
      trees.map((tree) => nodeEntry(paths, tree)),
    );
    await reconcileExports(installation, db).catch(() => {});
    throw error;
  }
}

async function busyError(paths: Paths, image: string, busy: readonly string[]): Promise<Error> {
  const [first = ''] = busy;
  const inside = (await standingIn(await realpath(first))).slice(0, 5);
  const list = inside.map(({ pid, command }) => `${pid} (${command})`).join(', ');
  return fail('busy', {
    image,
    nodes: foldBriefly(busy.map((at) => basename(at))),
    holders:
      inside.length > 0
        ? `These processes work in ${first}: ${list}. Nothing was removed.`
        : `No process works in ${first}; the NFS server may hold it. Nothing was removed.`,
  });
}
