import { exportedNode } from '../nfs/store.ts';
import { fail } from '../nfs/errors.ts';
import { readNodeTree } from '../nfs/records.ts';
import { checkBootable, ownBoot, sizeOf } from './check.ts';
import type { BootContext, Mode } from './mode.ts';
import { treeBytes } from '../image/tree-bytes.ts';
import { nfsLines, ownSources } from './nfs/lines.ts';

/** What is kept for a node: the path that it mounts. */
interface Own {
  path: string;
}

/**
 * Each node has a writable tree of its own on the server, as its root. A tree stands on one generation, and the
 * node boots that one, with its kernel, whatever the image is by now: until `slipway nfs refresh`.
 *
 * Publishing makes the tree of a generation beforehand. The next generation is not published by itself: a
 * refresh makes its tree, and a generation that no node gets would cost its whole size.
 */
export const nfs: Mode = {
  name: 'nfs',
  description: 'a writable tree of each node on an NFS server (slipway nfs)',
  bootable: true,
  keepsReading: true,
  follows: false,
  takes: [],
  check: (image) => checkBootable('nfs', image),
  async publish(context) {
    const { image, installation, sink, signal } = context;
    checkBootable('nfs', image);
    // Needed for publishing only, and much to load.
    const [{ checkNfsInitramfs }, { makeTree }, { tellLabels }] = [
      await import('../nfs/initramfs.ts'),
      await import('../nfs/golden.ts'),
      await import('../nfs/labels.ts'),
    ];
    await checkNfsInitramfs('nfs', image.generation, installation, signal);
    const { record } = await makeTree(context);
    tellLabels(image, sink);
    return { blobs: {}, options: { bytes: record.bytes }, key: image.generation.digest };
  },
  async unpublish(context) {
    const { removeTree, treeUsers } = await import('../nfs/golden.ts');
    // Mode readonly has the same tree; nodes' trees stand on it.
    const users = await treeUsers(context.installation.paths, context.image.generation.digest, 'nfs');
    if (users.length > 0 && users.every((one) => one.startsWith('mode '))) return;
    await removeTree(context, 'nfs');
  },
  async own({ image, installation, node, client, sink }) {
    const { name } = image.generation;
    const tree = await readNodeTree(installation.paths, name, node.name);
    if (!tree) throw fail('no-tree', { node: node.name, image: name });
    if (client !== undefined) {
      const [{ checkNfsInitramfs }, { admitClient }] = [
        await import('../nfs/initramfs.ts'),
        await import('../nfs/exports/admit.ts'),
      ];
      const { generation, base: digest } = tree;
      await checkNfsInitramfs('nfs', { name, generation, digest }, installation);
      await admitClient(installation, { node: node.name, image: name }, client, sink);
    }
    return {
      image: `${name}:${tree.generation}`,
      data: { path: exportedNode(installation.paths, name, node.name) },
    };
  },
  boot: ({ image }) => ({ ...ownBoot(image), fetched: [] }),
  nodeConf: (context) => [
    ['mode', 'nfs'],
    ...nfsLines(context, ownSources(context, pathOf(context))),
    ['attempts', String(context.installation.config.attempts)],
  ],
  estimate: (image) => ({
    download: sizeOf([image.kernel, image.initramfs]),
    memory: 0,
    server: treeBytes(image),
  }),
};

function pathOf({ own, node, image }: BootContext): string {
  if (own === undefined) throw fail('no-tree', { node: node.name, image: image.generation.name });
  return (own as Own).path;
}
