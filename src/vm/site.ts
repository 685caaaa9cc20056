/**
 * A Slipway installation for one boot test: a root directory of its own with configuration, registry, keys
 * and trees for NFS, and the real catalog's blobs behind a link. What the test does leaves no trace in the
 * real one.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../db/database.ts';
import { Catalog } from '../image/catalog.ts';
import type { Resolved } from '../image/types.ts';
import { setBoot } from '../node/assignment.ts';
import { addNodes } from '../node/registry.ts';
import { ConfigSchema, type Installation } from '../system/config.ts';
import { task, type Sink } from '../system/events.ts';
import { writeDurably } from '../system/durable.ts';
import { pathsUnder, type Paths } from '../system/paths.ts';
import type { TestNetwork } from './network.ts';

export interface SiteOptions {
  /** The real installation. */
  installation: Installation;
  image: Resolved;
  mode: string;
  network: TestNetwork;
  /** One node a tap. */
  nodes: readonly string[];
  /** Argument vector of the command line without its words. */
  command: readonly string[];
  sink: Sink;
  signal?: AbortSignal;
}

/** What makes nodes bootable in modes that have trees on the server, one command after the other. */
export const TREES: Readonly<
  Record<string, (ref: string, nodes: string, image: Pick<Resolved, 'published'>) => string[][]>
> = {
  nfs: (ref, nodes) => [['nfs', 'add', '--nodes', nodes, '--image', ref]],
  readonly: (ref, _, image) => [['publish', ref, '--mode', 'readonly', ...asPublished(image)]],
};

/** What nodes get is tested: as it is published. Machines of tests have no disk for state. */
function asPublished({ published = [] }: Pick<Resolved, 'published'>): string[] {
  const options = published.find(({ mode }) => mode === 'readonly')?.options ?? {};
  return ['writable', 'state'].flatMap((name) => {
    const value = options[name];
    return value === undefined || value === 'local' ? [] : [`--${name}`, String(value)];
  });
}

/** The serial port that `qemu.ts` gives every machine. */
const CONSOLE = 'console=ttyS0,115200';

/**
 * Makes the installation under `root`, an empty directory.
 * @throws SlipwayError `boot/unbootable`, `node/architecture`, … if a node could not boot the image so
 */
export async function makeSite(root: string, options: SiteOptions): Promise<void> {
  const { installation, image, mode, network, nodes } = options;
  const { name, generation } = image.generation;
  // By its number, so that a tag that moves meanwhile changes nothing.
  const ref = `${name}:${generation}`;
  const trees = TREES[mode]?.(ref, nodes.join(','), image);
  const paths = pathsUnder(root);
  const config = ConfigSchema.parse({
    serve: { interface: network.interface, address: network.address },
    dhcp: { mode: 'full', range: network.range },
    overlay: installation.config.overlay,
    attempts: installation.config.attempts,
    trap: 'poweroff',
    // The kernel's server serves the host, and no namespace of ours.
    nfs: {
      ...installation.config.nfs,
      directory: undefined,
      exports: undefined,
      addresses: [],
      clients: [],
      server: trees ? 'ganesha' : 'off',
    },
  });
  // JSON is YAML.
  await writeDurably(join(paths.etc, 'config.yml'), `${JSON.stringify(config, undefined, 2)}\n`);
  await copyCatalog(installation.paths, paths);

  await using database = await openDatabase(paths.database);
  const { db } = database;
  for (const [index, name] of nodes.entries())
    await addNodes(db, name, {
      macs: [network.taps[index]?.mac ?? ''],
      architecture: image.config.architecture,
      arguments: [CONSOLE],
    });
  if (trees) await makeTrees(paths, trees, options);
  const catalog = await Catalog.open(paths);
  for (const node of nodes) await setBoot(db, catalog, node, { image: ref, mode });
}

/** Of the real one only the blobs: their files are never changed. */
async function copyCatalog(from: Paths, to: Paths): Promise<void> {
  await mkdir(to.catalog, { recursive: true });
  for (const file of ['index.json', 'oci-layout']) await cp(join(from.catalog, file), join(to.catalog, file));
  for (const directory of ['blobs', 'corrupt'])
    if (existsSync(join(from.catalog, directory)))
      await symlink(join(from.catalog, directory), join(to.catalog, directory));
  if (existsSync(from.published)) await cp(from.published, to.published, { recursive: true });
}

/** Inside of the network's namespaces: what they mount goes with these. */
async function makeTrees(paths: Paths, commands: string[][], options: SiteOptions): Promise<void> {
  const { network, command, mode, sink, signal } = options;
  // nfs-ganesha and rpcbind keep things below /run, wherever the installation is.
  await network.namespace.run(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'slipway-run', '/run'], { signal });
  const env = { SLIPWAY_ROOT: paths.root };
  await task(sink, `trees for mode ${mode}`, async ({ id }) => {
    const onLine = (line: string) => sink({ event: 'output', id, line });
    for (const words of commands)
      await network.namespace.run([...command, ...words], { env, onLine, signal });
  });
}
