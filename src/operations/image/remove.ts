import { z } from 'zod';
import { rm } from '../../image/rm.ts';
import { forgetBootFiles } from '../../nfs/private/boot-files.ts';
import { inUse } from '../engine.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imageRemove = operation({
  name: 'image.remove',
  method: 'DELETE',
  path: '/images/:image',
  scope: 'operator',
  summary: 'Remove a generation, or with a name alone a whole image, unless a node needs it',
  input: z.strictObject({ image: ImageRef }),
  output: z.array(Generation),
  async run(engine, { image }) {
    const { catalog } = engine;
    const removed = await rm(catalog, image, inUse(engine));
    const { entries } = await catalog.index();
    await forgetBootFiles(
      catalog.paths,
      entries.map(({ name }) => name),
    );
    return removed;
  },
});
