import { z } from 'zod';
import { publish } from '../../modes/publish.ts';
import { expandAny, expandNodes } from '../../node/expand.ts';
import { addNodeTrees, refuseOtherBase } from '../../nfs/add.ts';
import { ImageRef, Nodes } from '../fields.ts';
import { operation } from '../operation.ts';
import { Kind, TreesOf } from './view.ts';

export const nfsAdd = operation({
  name: 'nfs.add',
  method: 'POST',
  path: '/nfs/trees',
  scope: 'operator',
  summary: 'Give nodes a tree of an image each, as their root over NFS; publishes it in mode nfs',
  input: z.strictObject({
    image: ImageRef,
    nodes: Nodes,
    unregistered: z.boolean().default(false).describe('Also nodes that are not in the registry'),
  }),
  output: z.object({
    ...TreesOf,
    generation: z.number(),
    kind: Kind.optional().describe('How they were made; nothing if none was'),
    reason: z.string().optional().describe('Why in that way'),
    added: z.array(z.string()),
    already: z.array(z.string()).describe('They had one before'),
  }),
  async run(engine, { image, nodes, unregistered }) {
    const names = unregistered
      ? await expandAny(engine.db, nodes)
      : (await expandNodes(engine.db, nodes)).map(({ name }) => name);
    await refuseOtherBase(engine.installation.paths, await engine.catalog.find(image), names);
    // Whether they can boot so is looked at first. Who does not want the tree of the generation any more says unpublish.
    await publish(engine, image, 'nfs');
    return await addNodeTrees(engine, image, names);
  },
});
