/**
 * A Slipway installation for one boot test: a root directory of its own with
 * configuration, registry and keys, and the real catalog behind a link. What the
 * test does leaves no trace in the real registry.
 */
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openDatabase } from '../db/database.ts';
import type { Catalog } from '../image/catalog.ts';
import type { Resolved } from '../image/types.ts';
import { setBoot } from '../node/assignment.ts';
import { addNodes } from '../node/registry.ts';
import { ConfigSchema, type Installation } from '../system/config.ts';
import { writeDurably } from '../system/durable.ts';
import { pathsUnder } from '../system/paths.ts';
import type { TestNetwork } from './network.ts';

export interface SiteOptions {
  /** The real installation. */
  installation: Installation;
  catalog: Catalog;
  image: Resolved;
  mode: string;
  network: TestNetwork;
  /** One node a tap. */
  nodes: readonly string[];
}

/** The serial port that `qemu.ts` gives every machine. */
const CONSOLE = 'console=ttyS0,115200';

/**
 * Makes the installation under `root`, an empty directory.
 * @throws SlipwayError `boot/unbootable`, `node/architecture`, … if a node could not boot the image so
 */
export async function makeSite(root: string, options: SiteOptions): Promise<void> {
  const { installation, catalog, image, mode, network, nodes } = options;
  const paths = pathsUnder(root);
  const config = ConfigSchema.parse({
    serve: { interface: network.interface, address: network.address },
    dhcp: { mode: 'full', range: network.range },
    overlay: installation.config.overlay,
    attempts: installation.config.attempts,
    trap: 'poweroff',
  });
  // JSON is YAML.
  await writeDurably(join(paths.etc, 'config.yml'), `${JSON.stringify(config, undefined, 2)}\n`);
  await mkdir(dirname(paths.catalog), { recursive: true });
  await symlink(installation.paths.catalog, paths.catalog);
  await symlink(installation.paths.published, paths.published);

  await using database = await openDatabase(paths.database);
  const { db } = database;
  for (const [index, name] of nodes.entries())
    await addNodes(db, name, {
      macs: [network.taps[index]?.mac ?? ''],
      architecture: image.config.architecture,
      arguments: [CONSOLE],
    });
  // The digest, so that a tag that moves meanwhile changes nothing.
  for (const name of nodes) await setBoot(db, catalog, name, { image: image.generation.digest, mode });
}
