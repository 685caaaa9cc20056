import { z } from 'zod';
import { nodesInMode } from '../../node/assignment.ts';
import { SettingsSchema } from '../../node/schema.ts';
import { keepPublished } from '../../modes/keep.ts';
import { publish, unpublish } from '../../modes/publish.ts';
import { fail } from '../../nfs/errors.ts';
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
    writable: SettingsSchema.shape.writable.describe(
      'Mode readonly: what can be written; default: by the image',
    ),
    state: SettingsSchema.shape.state.describe(
      'Mode readonly: where state is kept; default: as the image has it',
    ),
    to: z
      .array(z.string().max(400))
      .min(1)
      .max(16)
      .optional()
      .describe('NFS servers to push the tree to, [USER@]HOST:/PATH[,ADDRESS[:/EXPORT]]'),
    keep: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe('Of the image, leave this many generations published in the mode, and those that nodes boot'),
  }),
  output: Published,
  async run(engine, { image, mode, keep, ...options }) {
    const { actor, installation } = engine;
    // It would use this server's ssh keys: whoever may ask must not choose where to.
    const { destinations } = installation.config.nfs;
    const foreign = options.to?.find((one) => !destinations.includes(one));
    if (actor.via === 'api' && foreign !== undefined)
      throw fail('push-api', { text: JSON.stringify(foreign), known: destinations.join(', ') || 'none' });
    const done = await publish(engine, image, mode, options);
    if (keep !== undefined)
      await keepPublished(engine, done.image, mode, keep, nodesInMode(engine.db, engine.catalog));
    return done;
  },
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
