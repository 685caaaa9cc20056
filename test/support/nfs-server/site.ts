/** What a server keeps and how it is set, made on this host: images, trees, nodes; Slipway's own commands do the rest there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../../../src/db/database.ts';
import { putContent } from '../../../src/files/contents.ts';
import { Catalog } from '../../../src/image/catalog.ts';
import { exportImages } from '../../../src/image/export.ts';
import { importImages } from '../../../src/image/import.ts';
import { addNodes } from '../../../src/node/registry.ts';
import type { NodeDocument } from '../../../src/node/schema.ts';
import { loadInstallation } from '../../../src/system/config.ts';
import { pathsUnder } from '../../../src/system/paths.ts';
import type { TestNetwork } from '../../../src/vm/network.ts';
import { SLIPWAY, type CachedImage } from '../image-cache.ts';

const KEYS = '/root/.ssh/authorized_keys';

/** In the network of src/vm/network.ts, whose first address the host has. */
export const nodeAddress = (number: number): string => `198.18.87.${10 + number}`;

export interface SiteOptions {
  /** An empty directory. */
  root: string;
  /** What the nodes boot: `node:1` there. */
  image: CachedImage;
  /** By name, in the order of taps and addresses, the first is number 1. */
  nodes: Readonly<Record<string, Partial<NodeDocument>>>;
  network: TestNetwork;
  /** Whether its tree is made. */
  tree: boolean;
  /** Public key that opens the nodes. */
  key: string;
}

/** Makes it; returns the directory that is to be the server's /var/lib/slipway. */
export async function makeSite({ root, image, nodes, network, tree, key }: SiteOptions): Promise<string> {
  const paths = pathsUnder(root);
  const layout = join(root, 'layout');
  await mkdir(paths.state, { recursive: true });
  await mkdir(paths.etc, { recursive: true });
  await writeFile(join(paths.etc, 'config.yml'), 'nfs: { server: "off" }\n');
  await exportImages(await Catalog.open(loadInstallation(image.root).paths), [image.ref], layout);
  await importImages(await Catalog.open(paths), layout, { name: 'node' });
  // It takes a minute under emulation. What is mounted goes with the network's namespaces.
  if (tree)
    await network.namespace.run([SLIPWAY, 'publish', 'node', '--mode', 'nfs'], {
      env: { SLIPWAY_ROOT: root },
    });

  await using database = await openDatabase(paths.database);
  const { db } = database;
  const content = await putContent(db, KEYS, Buffer.from(key));
  for (const [index, [name, settings]] of Object.entries(nodes).entries())
    await addNodes(db, name, {
      macs: [network.taps[index + 1]?.mac ?? ''],
      address: nodeAddress(index + 1),
      // The serial port of a machine of src/vm/qemu.ts.
      arguments: ['console=ttyS0,115200'],
      files: { [KEYS]: { content, mode: '0600' } },
      image: 'node',
      ...settings,
    });
  return paths.state;
}
