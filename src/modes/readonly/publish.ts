/** Publishing in mode readonly: the tree, and its export once the record is there. */
import { keyOf } from '../../build/key.ts';
import { reconcileExports } from '../../nfs/exports/reconcile.ts';
import { makeTree, removeTree, treeUsers } from '../../nfs/golden.ts';
import { checkNfsInitramfs } from '../../nfs/initramfs.ts';
import { pushPublished, unpushPublished } from '../../nfs/push/publish.ts';
import { treeRoot } from '../../nfs/store.ts';
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
  const pushed = await pushPublished(root, digest, options.to, context, previous);
  const kept = {
    ...(asked === undefined ? { default: decided } : { writable: asked }),
    ...(state === undefined ? {} : { state }),
    ...pushed,
    bytes: record.bytes,
  };
  return { blobs: {}, options: kept, key: keyOf('readonly', digest, JSON.stringify(kept)) };
}

/** Exports follow records. A tree that nobody needs any more goes once it is exported no longer. */
export async function exportReadonly(context: RecordedContext): Promise<void> {
  const { image, installation, publication, published, sink, signal } = context;
  await reconcileExports(installation, undefined, sink, signal);
  if (published) return;
  await unpushPublished(image.generation.digest, publication, context);
  const users = await treeUsers(installation.paths, image.generation.digest);
  if (users.length === 0) await removeTree(context);
}
