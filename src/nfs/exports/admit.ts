/** Nodes that are about to boot: what is theirs must be exported to their address by the time they mount it. */
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskFull } from '../../system/disk-full.ts';
import { syncDirectory } from '../../system/durable.ts';
import type { Installation } from '../../system/config.ts';
import type { Sink } from '../../system/events.ts';
import type { TableEntry } from '../../system/mount-table.ts';
import type { Paths } from '../../system/paths.ts';
import { attach } from '../attach.ts';
import { nodeEntry, stateEntry } from '../entries.ts';
import { fail } from '../errors.ts';
import { listNodeTrees, readNodeTree, writeNodeTree } from '../records.ts';
import { exportedNode, exportedState, stateDirectory } from '../store.ts';
import { isMachine, nodeAddresses } from './clients.ts';
import { knownClients, reconcileExports, type Reconciled, type ReconcileOptions } from './reconcile.ts';
import { withRegistry } from './registry.ts';

/** What a node mounts of what is its own. */
export interface Need {
  node: string;
  /** Name of the image whose tree it boots. */
  image?: string;
  /** Whether it keeps state here. */
  state?: boolean;
}

interface Asked {
  need: Need;
  client: string;
}

/** One round at a time; who comes during it waits for the next one, together with all others. */
interface Gate {
  waiting: Asked[];
  running: Promise<unknown>;
  next?: Promise<Reconciled>;
}
const gates = new Map<string, Gate>();

/**
 * Lets a node that asks from `client` mount what is its own; makes the directory for its state. Quick if nothing
 * changed. However many ask at once, there is one round for all that came during the one before.
 * Addresses of the registry win: where it has one, no other address gets anything.
 * @throws SlipwayError `nfs/not-admitted`, and as {@link reconcileExports}
 */
export async function admitClient(
  installation: Installation,
  need: Need,
  client: string,
  sink: Sink,
  options: ReconcileOptions = {},
): Promise<void> {
  const { paths, config } = installation;
  if (config.nfs.server === 'off') {
    if (need.state) await makeState(paths, need.node);
    return;
  }
  const needed = pathsOf(paths, need);
  const missing = () => needed.find((path) => !knownClients(paths, path).includes(client));
  if (missing() === undefined) return;
  if (!isMachine(client)) throw fail('not-admitted', { node: need.node, client, reason: NO_MACHINE });
  const { problems } = await join(installation, { need, client }, sink, options);
  const path = missing();
  if (path === undefined) return;
  const problem = problems.find((one) => one.path === path)?.problem;
  const known = knownClients(paths, path).join(', ');
  const reason = problem
    ? `${path}: ${problem}`
    : known === ''
      ? `${client} is the address of another node in the registry`
      : `The registry says that its address is ${known}, and what is a node's own is exported to no other`;
  throw fail('not-admitted', { node: need.node, client, reason });
}

const NO_MACHINE = 'That is not the IPv4 address of another machine';

const pathsOf = (paths: Paths, { node, image, state }: Need) => [
  ...(image === undefined ? [] : [exportedNode(paths, image, node)]),
  ...(state ? [exportedState(paths, node)] : []),
];

/** Waits for the next round, with all others that do. */
async function join(
  installation: Installation,
  asked: Asked,
  sink: Sink,
  options: ReconcileOptions,
): Promise<Reconciled> {
  const key = installation.paths.exports;
  const gate = gates.get(key) ?? { waiting: [], running: Promise.resolve() };
  gates.set(key, gate);
  gate.waiting.push(asked);
  gate.next ??= gate.running.then(async () => {
    const all = gate.waiting.splice(0);
    const round = admitAll(installation, all, sink, options);
    gate.running = round.catch(() => {});
    gate.next = undefined;
    return await round;
  });
  return await gate.next;
}

async function admitAll(
  installation: Installation,
  all: readonly Asked[],
  sink: Sink,
  options: ReconcileOptions,
): Promise<Reconciled> {
  const { paths } = installation;
  const entries: TableEntry[] = [];
  for (const { need } of all) {
    const { node, image, state } = need;
    if (state) {
      await makeState(paths, node);
      entries.push(stateEntry(paths, node));
    }
    const tree = image === undefined ? undefined : await readNodeTree(paths, image, node);
    if (tree) entries.push(nodeEntry(paths, tree));
  }
  // What could not be mounted is a problem of its export.
  await attach(paths, entries);
  const seen = await withoutAddress(installation, all);
  await noteInTrees(paths, seen);
  return await reconcileExports(installation, undefined, sink, undefined, {
    about: all.flatMap(({ need }) => pathsOf(paths, need)),
    ...options,
    note: (ledger) => {
      const addresses = new Set(seen.values());
      const kept = Object.entries(ledger.clients).filter(([, one]) => !addresses.has(one));
      return { ...ledger, clients: { ...Object.fromEntries(kept), ...Object.fromEntries(seen) } };
    },
  });
}

/** Addresses that nodes ask from, of those for which the registry has none. Of two with one address the later one has it. */
async function withoutAddress({ paths }: Installation, all: readonly Asked[]): Promise<Map<string, string>> {
  const names = [...new Set(all.map(({ need }) => need.node))];
  const registered = await withRegistry(paths, undefined, async (db) =>
    db ? (await nodeAddresses(db, names)).nodes : new Map<string, string[]>(),
  );
  const owners = new Map<string, string>();
  for (const { need, client } of all)
    if (registered.get(need.node)?.length === 0) owners.set(client, need.node);
  return new Map([...owners].map(([client, node]) => [node, client]));
}

/** In the records of their trees; those of nodes that had the address before lose it, or they would share it. */
async function noteInTrees(paths: Paths, seen: ReadonlyMap<string, string>): Promise<void> {
  if (seen.size === 0) return;
  const taken = new Set(seen.values());
  for (const tree of await listNodeTrees(paths)) {
    const { client, ...rest } = tree;
    const now = seen.get(tree.node) ?? (client !== undefined && taken.has(client) ? undefined : client);
    if (now === client) continue;
    await writeNodeTree(paths, now === undefined ? rest : { ...rest, client: now });
  }
}

/** Directory of what a node keeps: its root writes there what it likes. */
async function makeState(paths: Paths, node: string): Promise<void> {
  const directory = stateDirectory(paths, node);
  await mkdir(paths.nfs, { recursive: true, mode: 0o700 });
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  try {
    await mkdir(directory, { mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    if (diskFull(error)) throw fail('no-space', { path: paths.nfs, what: 'Keeping state' }, { cause: error });
    throw error;
  }
  await chmod(directory, 0o755);
  await syncDirectory(dirname(directory));
}
