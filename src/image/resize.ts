import type { Sink } from '../system/events.ts';
import type { Catalog } from './catalog.ts';
import { derive } from './derive.ts';
import { measure } from './measure.ts';
import { fittingSize, leastSize, sizeOf } from './size.ts';
import type { Generation, Resolved } from './types.ts';

export interface Resized {
  generation: Generation;
  /** Digest and number of the one that it was made of, which stays. */
  from: Pick<Generation, 'generation' | 'digest'>;
  /** Bytes. `before`: null where it had no limit; `least`: to what it could shrink. */
  size: { before: number | null; now: number; used: number; least: number };
}

export interface ResizeOptions {
  sink?: Sink;
  signal?: AbortSignal;
  /** Called with the image and its new size once that is known to fit, before anything changes; what it returns is called with the new generation. */
  prepare?: (image: Resolved, bytes: number) => Promise<(generation: Generation) => Promise<void>>;
}

/**
 * Makes a new generation with another size; the one that was, and what nodes boot from, stay as they are.
 * @param size as in a recipe: 1500M, 1.5G, auto
 * @throws SlipwayError `image/bad-size`, `image/size-limits`, `image/too-small`, and as `Catalog.resolve`
 */
export async function resize(
  catalog: Catalog,
  ref: string,
  size: string,
  options: ResizeOptions = {},
): Promise<Resized> {
  const wanted = sizeOf(size);
  const image = await catalog.resolve(ref);
  const { name, generation: number, digest } = image.generation;
  const content = await measure(catalog, image.config.layers, options);
  const bytes = fittingSize(content, wanted, `${name}:${number}`);
  const after = await options.prepare?.(image, bytes);
  const generation = await derive(
    catalog,
    image,
    { config: { size: bytes, used: content.bytes } },
    options.signal,
  );
  await after?.(generation);
  return {
    generation,
    from: { generation: number, digest },
    size: { before: image.config.size ?? null, now: bytes, used: content.bytes, least: leastSize(content) },
  };
}
