/** Publishing in mode readonly: the tree, and its export once the record is there. */
import { PRIVATE } from '../../image/publications.ts';
import { initramfsNames } from '../../initramfs/names.ts';
import { keyOf } from '../../build/key.ts';
import { reconcileExports } from '../../nfs/exports/reconcile.ts';
import { makeTree, removeTree, treeUsers } from '../../nfs/golden.ts';
import { tellLabels } from '../../nfs/labels.ts';
import { checkNfsInitramfs } from '../../nfs/initramfs.ts';
import { pushPublished, unpushPublished } from '../../nfs/push/publish.ts';
import { makePrivateLayer } from '../../nfs/private/layer.ts';
import { exportedTree, treeRoot } from '../../nfs/store.ts';
import { checkBootable } from '../check.ts';
import type { Made, PublishContext, RecordedContext } from '../mode.ts';
import { tellFindings } from './check.ts';
import { readTables } from './tables.ts';

export async function publishReadonly(context: PublishContext): Promise<Made> {
  const { image, installation, options, previous, sink, signal } = context;
  const { digest } = image.generation;
  checkBootable('readonly', image);
  await checkNfsInitramfs('readonly', image.generation, installation, signal);
  const { record } = await makeTree(context);
  const root = treeRoot(installation.paths, digest);
  const tables = await readTables(root);
  // What was asked for follows to the next generation; what its tables ask for may be another thing then.
  const decided = tables.wanted || tables.rwtab.length > 0 ? 'tables' : 'all';
  const writable = options.writable ?? decided;
  if (writable === 'tables') await tellFindings(root, image.generation, tables, options.state, sink);
  const { writable: asked, state } = options;
  const layer = (await mayBePrivate(context)) ? await makePrivateLayer(context, root) : undefined;
  const as = { squash: layer !== undefined, labels: image.config.selinux !== undefined };
  const pushed = await pushPublished(root, digest, options.to, as, context, previous);
  tellLabels(image, sink);
  const kept = {
    ...(asked === undefined ? { default: decided } : { writable: asked }),
    ...(state === undefined ? {} : { state }),
    ...pushed,
    bytes: record.bytes,
    ...(layer && { private: layer.format, files: layer.files }),
  };
  const blobs: Made['blobs'] = layer ? { [PRIVATE]: { digest: layer.digest, size: layer.size } } : {};
  return { blobs, options: kept, key: keyOf('readonly', digest, JSON.stringify(kept), layer?.digest) };
}

/** The part of our initramfs that gets the layer. */
const SCRIPT = 'usr/lib/slipway/private.sh';

/** Whether nodes get what is private apart from the tree, as `nfs.squash` asks for. */
async function mayBePrivate({
  image,
  installation,
  catalog,
  previous,
  sink,
  signal,
}: PublishContext): Promise<boolean> {
  if (!installation.config.nfs.squash) return false;
  const { name, generation } = image.generation;
  const found = await initramfsNames(catalog.blobPath(image.initramfs?.digest ?? ''), signal);
  if (!found?.has(SCRIPT)) {
    const message = `root of any client reads all of the tree of ${name}:${generation}: its initramfs is of an older version of Slipway, and knows nothing else. Build the image again`;
    sink({ event: 'notice', level: 'warning', message });
    return false;
  }
  if (previous && !previous.blobs[PRIVATE]) {
    const message = `nodes that run from ${name}:${generation} cannot read what only root may any more, such as /etc/shadow, until they boot again`;
    sink({ event: 'notice', level: 'warning', message });
  }
  return true;
}

/** Exports follow records. A tree that nobody needs any more goes once it is exported no longer. */
export async function exportReadonly(context: RecordedContext): Promise<void> {
  const { image, installation, publication, published, sink, signal } = context;
  const about = [exportedTree(installation.paths, image.generation.digest)];
  await reconcileExports(installation, undefined, sink, signal, { about });
  if (published) return;
  await unpushPublished(image.generation.digest, publication, context);
  const users = await treeUsers(installation.paths, image.generation.digest);
  if (users.length === 0) await removeTree(context);
}
