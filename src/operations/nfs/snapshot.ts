import { z } from 'zod';
import { restoreNode } from '../../nfs/changes/restore.ts';
import { removeSnapshot, savedOf, snapshotNode } from '../../nfs/changes/snapshot.ts';
import { Digest, ImageName, Name, NodeName, When } from '../fields.ts';
import { operation } from '../operation.ts';

const Snapshot = z
  .object({
    name: z.string(),
    image: z.string(),
    node: z.string(),
    generation: z.number().describe('That the node stood on'),
    base: Digest,
    created: When,
  })
  .meta({ id: 'Snapshot' });

const of = { image: ImageName, node: NodeName };

export const nfsSnapshotAdd = operation({
  name: 'nfs.snapshot-add',
  method: 'POST',
  path: '/nfs/trees/:image/:node/snapshots',
  scope: 'operator',
  summary: 'Save what a node changed in its tree',
  input: z.strictObject({ ...of, name: Name.optional().describe('Default: the time') }),
  output: Snapshot,
  status: 201,
  run: async (engine, { image, node, name }) => await snapshotNode(engine, image, node, name),
});

export const nfsSnapshotList = operation({
  name: 'nfs.snapshot-list',
  method: 'GET',
  path: '/nfs/trees/:image/:node/snapshots',
  scope: 'reader',
  summary: 'List what was saved of a node, the oldest first',
  input: z.strictObject(of),
  output: z.array(Snapshot),
  key: ({ name }) => name,
  run: async (engine, { image, node }) => await savedOf(engine, image, node),
});

export const nfsSnapshotRemove = operation({
  name: 'nfs.snapshot-remove',
  method: 'DELETE',
  path: '/nfs/trees/:image/:node/snapshots/:name',
  scope: 'operator',
  summary: 'Remove what was saved of a node',
  input: z.strictObject({ ...of, name: Name }),
  output: Snapshot,
  run: async (engine, { image, node, name }) => await removeSnapshot(engine, image, node, name),
});

export const nfsRestore = operation({
  name: 'nfs.restore',
  method: 'POST',
  path: '/nfs/trees/:image/:node/snapshots/:name/restore',
  scope: 'operator',
  summary: 'Give a node back what was saved of it, and the generation that it stood on',
  input: z.strictObject({
    ...of,
    name: Name,
    force: z.boolean().default(false).describe('Also if it runs, or is in use on this host'),
  }),
  output: Snapshot,
  run: async (engine, { image, node, name, force }) =>
    await restoreNode(engine, image, node, name, { force }),
});
