import { z } from 'zod';
import { nodeTrees } from '../../nfs/list.ts';
import { tellUnreadable } from '../../nfs/nodes.ts';
import { ImageName } from '../fields.ts';
import { operation } from '../operation.ts';
import { NodeTree } from './view.ts';

export const nfsList = operation({
  name: 'nfs.list',
  method: 'GET',
  path: '/nfs/trees',
  scope: 'reader',
  summary: 'List trees of nodes',
  input: z.strictObject({
    image: ImageName.optional().describe('Only of this image'),
    sizes: z
      .boolean()
      .default(false)
      .describe('Measure what nodes changed, too: it takes as long as looking at all that they have written'),
  }),
  output: z.array(NodeTree),
  key: ({ image, node }) => `${image} ${node}`,
  async run({ installation: { paths }, signal, sink }, { image, sizes }) {
    await tellUnreadable(paths, sink, image);
    return await nodeTrees(paths, { image, sizes, signal });
  },
});
