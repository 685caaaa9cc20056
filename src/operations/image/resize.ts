import { z } from 'zod';
import { resize } from '../../image/resize.ts';
import { republish } from '../../modes/follow.ts';
import { refuseMounted } from '../../mounts/record.ts';
import { lock } from '../../system/lock.ts';
import { Digest, ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { Generation } from './view.ts';

export const imageResize = operation({
  name: 'image.resize',
  method: 'POST',
  path: '/images/:image/resize',
  scope: 'operator',
  summary: 'Make a new generation whose root has another size',
  input: z.strictObject({
    image: ImageRef,
    size: z.string().max(50).describe('1500M, 1.5G, or auto for the least that fits'),
  }),
  output: z.object({
    generation: Generation,
    from: z.object({ generation: z.number(), digest: Digest }),
    size: z
      .object({ before: z.number().nullable(), now: z.number(), used: z.number(), least: z.number() })
      .describe('Bytes; before is null where there was no limit'),
    published: z
      .array(z.string())
      .describe('Modes in which the new generation is published, as the old one was'),
  }),
  async run(engine, { image: ref, size }) {
    const { catalog, installation, sink, signal } = engine;
    const { name } = await catalog.find(ref);
    using _ = await lock(installation.paths.locks, `image-${name}`, `resizing ${name}`, {
      wait: 60_000,
      sink,
      signal,
    });
    await refuseMounted(installation.paths, name);
    let published: string[] = [];
    const resized = await resize(catalog, ref, size, {
      sink,
      signal,
      prepare: async (image, bytes) => {
        published = (image.published ?? []).map(({ mode }) => mode);
        return await republish(engine, image, { size: `${bytes / 2 ** 20}M` });
      },
    });
    return { ...resized, published };
  },
});
