import { z } from 'zod';
import { nodesInMode } from '../../node/assignment.ts';
import { publish, unpublish } from '../../modes/publish.ts';
import { ImageRef, Mode } from '../fields.ts';
import { operation } from '../operation.ts';
import { Published } from './view.ts';

export const publicationAdd = operation({
  name: 'publication.add',
  method: 'POST',
  path: '/images/:image/publications',
  scope: 'operator',
  summary: 'Make what a mode needs, so that nodes can boot an image in it',
  input: z.strictObject({
    image: ImageRef,
    mode: Mode,
    size: z.string().max(50).optional().describe('Size of the root: 1500M, 1.5G, auto'),
    filesystem: z.enum(['ext4', 'xfs']).optional().describe('File system of the root'),
  }),
  output: Published,
  run: async (engine, { image, mode, ...options }) => await publish(engine, image, mode, options),
});

export const publicationRemove = operation({
  name: 'publication.remove',
  method: 'DELETE',
  path: '/images/:image/publications/:mode',
  scope: 'operator',
  summary: 'Take back what publishing made, unless a node boots it',
  input: z.strictObject({ image: ImageRef, mode: Mode }),
  output: Published,
  run: async (engine, { image, mode }) =>
    await unpublish(engine, image, mode, nodesInMode(engine.db, engine.catalog)),
});
