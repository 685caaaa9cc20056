import { z } from 'zod';
import { expandAny } from '../../node/expand.ts';
import { removeNodeTrees, type Removed } from '../../nfs/remove.ts';
import { listNodes } from '../../node/registry.ts';
import { foldBriefly } from '../../nodeset/fold.ts';
import type { Engine } from '../engine.ts';
import { ImageRef, Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { TreesOf } from './view.ts';

export const nfsRemove = operation({
  name: 'nfs.remove',
  method: 'DELETE',
  path: '/nfs/trees',
  scope: 'operator',
  summary: 'Remove trees of nodes with all that the nodes changed, unless they run from them',
  input: z.strictObject({
    image: ImageRef,
    nodes: Nodes,
    force: z.boolean().default(false).describe('Also of nodes that run, and what is in use on this host'),
  }),
  output: z.object({ ...TreesOf, removed: z.array(z.string()) }),
  async run(engine, { image, nodes, force }) {
    const removed = await removeNodeTrees(engine, image, await expandAny(engine.db, nodes), { force });
    await tellAssigned(engine, removed);
    return removed;
  },
});

/** Nodes that are to boot from what is gone now: they would wait for it at their next boot. */
async function tellAssigned({ db, sink }: Engine, { image, removed }: Removed): Promise<void> {
  const gone = new Set(removed);
  const assigned = (await listNodes(db)).filter(
    (one) => one.mode === 'nfs' && one.image?.split(':')[0] === image && gone.has(one.name),
  );
  if (assigned.length === 0) return;
  const nodes = foldBriefly(assigned.map(({ name }) => name));
  const message = `${nodes} will not boot: still assigned to ${image} in mode nfs. Change that by: slipway boot set -n ${nodes} -i IMAGE --mode MODE`;
  sink({ event: 'notice', level: 'warning', message });
}
