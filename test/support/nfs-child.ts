/** A process that works on trees: nfs-child.ts ROOT WORK [IMAGE [NODES…]]. Prints the answer as JSON. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Catalog } from '../../src/image/catalog.ts';
import { publish } from '../../src/modes/publish.ts';
import { addNodeTrees } from '../../src/nfs/add.ts';
import { makeTree, removeTree } from '../../src/nfs/golden.ts';
import { freeze } from '../../src/nfs/changes/freeze.ts';
import { promoteNode } from '../../src/nfs/changes/promote.ts';
import { refreshNodeTrees } from '../../src/nfs/changes/refresh.ts';
import { restoreNode } from '../../src/nfs/changes/restore.ts';
import { snapshotNode } from '../../src/nfs/changes/snapshot.ts';
import { kinds } from '../../src/nfs/kinds/index.ts';
import { readNodeTree, type KindName } from '../../src/nfs/records.ts';
import { treeRoot } from '../../src/nfs/store.ts';
import { mountTable } from '../../src/system/mount-table.ts';
import { run } from '../../src/system/process.ts';
import { removeNodeTrees } from '../../src/nfs/remove.ts';
import { up } from '../../src/nfs/up.ts';
import { loadInstallation } from '../../src/system/config.ts';
import { SlipwayError } from '../../src/system/errors.ts';
import { silent } from '../../src/system/events.ts';

const [root = '', work = '', ref = '', ...nodes] = process.argv.slice(2);
const installation = loadInstallation(root);
const catalog = await Catalog.open(installation.paths);
const context = { installation, catalog, sink: silent };

async function answer(): Promise<unknown> {
  if (work === 'up') return await up(installation, silent);
  if (work === 'add') return await addNodeTrees(context, ref, nodes);
  if (work === 'rm') return await removeNodeTrees(context, ref, nodes);
  if (work === 'publish') return await publish(context, ref, 'readonly');
  const [node = '', name = ''] = nodes;
  if (work === 'refresh') return await refreshNodeTrees(context, ref, nodes);
  if (work === 'snapshot') return await snapshotNode(context, ref, node, name);
  if (work === 'restore') return await restoreNode(context, ref, node, name);
  if (work === 'promote') return await promoteNode(context, ref, node);
  if (work === 'move') return await promoteNode(context, ref, node, { refresh: true });
  if (work === 'again') return await again(nodes[0] ?? '', nodes[1] as KindName, nodes[2] ?? '');
  const image = await catalog.resolve(ref);
  if (work === 'tree') return await makeTree({ ...context, image });
  return { removed: await removeTree({ ...context, image }) };
}

/** The changes of a node in a new tree of some kind, mounted at `at`; the tree itself stays in the store's `again-KIND`. */
async function again(node: string, name: KindName, at: string): Promise<unknown> {
  const { paths } = installation;
  const tree = await readNodeTree(paths, ref, node);
  if (!tree) throw new Error('no tree');
  await using frozen = await freeze({ installation }, tree);
  const [data, base] = [join(paths.nfs, `again-${name}`), treeRoot(paths, tree.base)];
  await kinds[name].create([data], base, { installation, changes: frozen.upper });
  await mkdir(at);
  const table = await mountTable(`${at}.fstab`, [kinds[name].entry(data, base, at, paths.nfs)]);
  await run(table, { cwd: paths.nfs });
  return { kind: name };
}

try {
  process.stdout.write(`${JSON.stringify(await answer())}\n`);
} catch (error) {
  if (!(error instanceof SlipwayError)) throw error;
  process.stdout.write(
    `${JSON.stringify({ code: error.code, what: error.message, why: error.why, output: error.output })}\n`,
  );
  process.exitCode = 1;
}
