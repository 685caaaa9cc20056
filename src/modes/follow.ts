/** What is published of a generation, for the one that comes after it: nodes go on booting. */
import type { Publication } from '../image/publications.ts';
import type { Generation, Resolved } from '../image/types.ts';
import { destinationsOf } from '../nfs/push/servers.ts';
import { SlipwayError } from '../system/errors.ts';
import { task } from '../system/events.ts';
import { parseSize } from '../system/size.ts';
import { findMode } from './index.ts';
import type { Made, Mode, PublishOptions } from './mode.ts';
import { record, withDisk, type Publisher } from './record.ts';

/**
 * For a change of an image: makes of `image`, with other options, what is published of it, and returns what
 * records that for the generation that comes of the change. So nodes find the new one published at once.
 * The caller holds the lock of the image.
 */
export async function republish(
  publisher: Publisher,
  image: Resolved,
  options: PublishOptions,
): Promise<(generation: Generation) => Promise<void>> {
  const made: [Mode, Made][] = [];
  // What is no blob belongs to the generation: it is made for the new one.
  const later = (image.published ?? []).filter(
    ({ mode, blobs }) => Object.keys(blobs).length === 0 || findMode(mode).recorded !== undefined,
  );
  for (const previous of image.published ?? []) {
    if (later.includes(previous)) continue;
    const mode = findMode(previous.mode);
    const taken = Object.fromEntries(mode.takes.map((key) => [key, options[key]]));
    const one = await withDisk(publisher, () =>
      mode.publish({ ...publisher, image, options: taken, previous }),
    );
    if (one) made.push([mode, one]);
  }
  return async (generation) => {
    for (const [mode, one] of made) await record(publisher, { ...image, generation }, mode, one);
    await follow(publisher, { ...image, published: later }, generation);
  };
}

/**
 * Publishes the next generation of an image as `before` is published, where the mode follows: nodes that
 * boot its tag go on booting. What fails is told and no error: the generation itself is there.
 * The caller holds the lock of the image.
 */
export async function follow(
  publisher: Publisher,
  before: Pick<Resolved, 'published' | 'config'> | undefined,
  generation: Generation,
): Promise<void> {
  for (const previous of before?.published ?? []) {
    const mode = findMode(previous.mode);
    if (!mode.follows || previous.image === generation.digest) continue;
    const label = `${generation.name}:${generation.generation}`;
    const image = await publisher.catalog.resolve(label);
    const options = keptOptions(mode, previous, before?.config.size);
    try {
      await task(publisher.sink, `publish ${label} in mode ${mode.name}`, async () => {
        const made = await withDisk(publisher, () => mode.publish({ ...publisher, image, options }));
        if (made) await record(publisher, image, mode, made);
      });
    } catch (error) {
      if (!(error instanceof SlipwayError) || publisher.signal?.aborted) throw error;
      const message = `${label} is not published in mode ${mode.name}, as the generation before it was: ${error.message}. ${error.todo} Then: slipway publish ${label} --mode ${mode.name}`;
      publisher.sink({ event: 'notice', level: 'warning', message });
    }
  }
}

/** What it was asked for. A size that was that of the image follows the image. */
function keptOptions(mode: Mode, { options }: Publication, size?: number): PublishOptions {
  const own = typeof options['size'] === 'string' && parseSize(options['size']) === size;
  const to = destinationsOf({ options });
  return Object.fromEntries(
    mode.takes.flatMap((key) =>
      options[key] === undefined || (key === 'size' && own) ? [] : [[key, key === 'to' ? to : options[key]]],
    ),
  );
}
