/** What is to be exported, to whom: from published trees, trees of nodes, state, and the registry. */
import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Db } from '../../db/database.ts';
import { Catalog } from '../../image/catalog.ts';
import { listPublications, PRIVATE } from '../../image/publications.ts';
import type { Digest } from '../../image/types.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import type { Installation } from '../../system/config.ts';
import { NAME } from '../../system/names.ts';
import type { Paths } from '../../system/paths.ts';
import { mountedAt } from '../attach.ts';
import { hasTree, listNodeTrees } from '../records.ts';
import { exportedNode, exportedState, exportedTree } from '../store.ts';
import { nodeAddresses, sharedClients } from './clients.ts';
import type { Export } from './export.ts';
import type { Ledger } from './ledger.ts';

/** An export that has no number yet. `problem`: why it cannot be exported now; it keeps its number. */
export interface Wanted extends Omit<Export, 'id'> {
  /** Below `nfs.exports`: what its number belongs to. */
  key: string;
  node?: string;
  problem?: string;
}

/** All that there is, in the order of the paths. Without a registry nothing belongs to a node. */
export async function wantedExports(
  installation: Installation,
  db: Db | undefined,
  ledger: Pick<Ledger, 'clients'>,
): Promise<Wanted[]> {
  const { paths } = installation;
  const mounts = await mountedAt();
  const labels = await labelled(paths);
  const trees = await sharedTrees(installation);
  const nodeTrees = await listNodeTrees(paths);
  const states = await listStates(paths);
  const names = [...new Set([...nodeTrees.map(({ node }) => node), ...states])];
  const { nodes, shared } = db
    ? await nodeAddresses(db, names)
    : { nodes: new Map<string, string[]>(), shared: new Map<string, string[]>() };
  const isMounted = (path: string) => (mounts.has(path) ? undefined : 'not mounted');

  /** Of the registry; where that has none, the one from which the node booted, if that is nobody else's. */
  const clientsOf = (node: string, seen: string | undefined): { clients: string[]; problem?: string } => {
    const own = nodes.get(node);
    if (own === undefined) return { clients: [], problem: 'not in the registry' };
    if (own.length > 0) return { clients: own };
    const both = [...shared].find(([, all]) => all.includes(node));
    if (both) return { clients: [], problem: `${both[0]} is the address of ${foldBriefly(both[1])}` };
    const registered = seen !== undefined && [...nodes].some(([, all]) => all.includes(seen));
    return seen === undefined || registered || shared.has(seen) ? { clients: [] } : { clients: [seen] };
  };
  const ofNode = (path: string, node: string, seen: string | undefined, label: boolean): Wanted => {
    const { clients, problem = isMounted(path) } = clientsOf(node, seen);
    return {
      path,
      key: keyOf(paths, path),
      clients,
      write: true,
      squash: false,
      labels: label,
      node,
      problem,
    };
  };
  const all = [
    ...trees.map((tree) => ({ ...tree, labels: labels(tree.digest), problem: isMounted(tree.path) })),
    ...nodeTrees.map(({ image, node, client, base }) =>
      ofNode(exportedNode(paths, image, node), node, client, labels(base)),
    ),
    ...states.map((node) => ofNode(exportedState(paths, node), node, ledger.clients[node], false)),
  ];
  return all.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

const keyOf = (paths: Paths, path: string) => relative(paths.exports, path);

/** Trees that nodes share: those of generations that are published in mode readonly. */
async function sharedTrees({ paths, config }: Installation) {
  const { publications } = await listPublications(paths);
  const clients = sharedClients(config);
  const found: (Wanted & { digest: Digest })[] = [];
  for (const { image: digest, blobs } of publications.filter(({ mode }) => mode === 'readonly')) {
    // One that was only pushed to other servers has none here.
    if (!(await hasTree(paths, digest))) continue;
    const path = exportedTree(paths, digest);
    // Nodes of a publication without a private layer need root there.
    const squash = blobs[PRIVATE] !== undefined;
    found.push({ path, key: keyOf(paths, path), clients, write: false, squash, labels: false, digest });
  }
  return found;
}

/** Nodes that have a directory for what they keep. */
export async function listStates(paths: Paths): Promise<string[]> {
  const entries = await readdir(join(paths.nfs, 'state'), { withFileTypes: true }).catch(() => []);
  return entries.filter((one) => one.isDirectory() && NAME.test(one.name)).map(({ name }) => name);
}

/** A generation is never changed: what was looked up stays. */
const known = new Map<Digest, boolean>();

/** Says of generations whether their files have labels of SELinux. */
async function labelled(paths: Paths): Promise<(digest: Digest) => boolean> {
  const trees = await listNodeTrees(paths);
  const { publications } = await listPublications(paths);
  const asked = new Set([...trees.map(({ base }) => base), ...publications.map(({ image }) => image)]);
  const missing = [...asked].filter((one) => !known.has(one));
  if (missing.length > 0) {
    const catalog = await Catalog.open(paths);
    for (const digest of missing) {
      const image = await catalog.resolve(digest).catch(() => undefined);
      if (image) known.set(digest, image.config.selinux !== undefined);
    }
  }
  return (digest) => known.get(digest) ?? false;
}
