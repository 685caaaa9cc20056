/** Publishing generations in modes: what a mode makes, and the record of it. */
import { diskFull } from '../system/disk-full.ts';
import { fail as imageFail, withSpace } from '../image/errors.ts';
import type { Catalog } from '../image/catalog.ts';
import { removePublication, writePublication, type Publication } from '../image/publications.ts';
import type { Generation, Resolved } from '../image/types.ts';
import { destinationsOf } from '../nfs/push/servers.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import type { Installation } from '../system/config.ts';
import { SlipwayError } from '../system/errors.ts';
import { task, type Sink } from '../system/events.ts';
import { parseSize } from '../system/size.ts';
import { lock } from '../system/lock.ts';
import { reconcileWork } from '../system/workdir.ts';
import { fail } from './errors.ts';
import { findMode } from './index.ts';
import type { Made, Mode, PublishOptions } from './mode.ts';

export interface Publisher {
  installation: Installation;
  catalog: Catalog;
  sink: Sink;
  signal?: AbortSignal;
}

/** What `slipway publish` answers. */
export interface Published {
  image: Pick<Generation, 'name' | 'generation' | 'digest'>;
  mode: string;
  /** It was there already, or the mode needs nothing made. */
  cached: boolean;
  /** null: the mode needs none. */
  publication: Publication | null;
}

/** Milliseconds to wait for a build of the same image. */
const WAIT = 24 * 3_600_000;

/**
 * Prepares everything for nodes to boot a generation in a mode. Published again in another way, the new takes
 * the place of the old at once; nodes that are on their way go on with what they began with.
 * @throws SlipwayError `boot/no-mode`, `boot/unbootable`, `mode/…`, `image/…`, and of the mode
 */
export async function publish(
  publisher: Publisher,
  ref: string,
  modeName: string,
  options: PublishOptions = {},
): Promise<Published> {
  const { catalog } = publisher;
  const mode = findMode(modeName);
  checkOptions(mode, options);
  const { generation } = await catalog.resolve(ref);
  const { name, generation: number, digest } = generation;
  const label = `${name}:${number}`;
  return await working(publisher, generation, `publishing ${label} in mode ${mode.name}`, async () => {
    const image = await catalog.resolve(label);
    return await task(publisher.sink, `publish ${label} in mode ${mode.name}`, async ({ end }) => {
      const previous = publicationIn(image, mode);
      const made = await withDisk(publisher, () => mode.publish({ ...publisher, image, options, previous }));
      const cached = made === undefined || made.key === previous?.key;
      if (cached) end.result = 'cached';
      tellDropped(publisher.sink, label, mode, previous, made);
      const publication = made === undefined ? null : await record(publisher, image, mode, made);
      return { image: { name, generation: number, digest }, mode: mode.name, cached, publication };
    });
  });
}

/** Who boots a generation in a mode: from the registry of nodes, injected. */
export type Booting = (generation: Generation, mode: string) => Promise<string[]>;

/**
 * Takes back what {@link publish} did; blobs go with the next gc.
 * @throws SlipwayError `mode/not-published`, `mode/in-use` naming the nodes that boot it so
 */
export async function unpublish(
  publisher: Publisher,
  ref: string,
  modeName: string,
  booting: Booting,
): Promise<Published> {
  const { catalog } = publisher;
  const mode = findMode(modeName);
  const { generation } = await catalog.resolve(ref);
  const { name, generation: number, digest } = generation;
  const label = `${name}:${number}`;
  return await working(publisher, generation, `unpublishing ${label}`, async () => {
    const image = await catalog.resolve(label);
    const previous = publicationIn(image, mode);
    if (!previous) throw fail('not-published', { ref: label, mode: mode.name });
    const nodes = await booting(image.generation, mode.name);
    if (nodes.length > 0) throw fail('in-use', { ref: label, mode: mode.name, nodes: foldBriefly(nodes) });
    await mode.unpublish({ ...publisher, image, previous });
    await catalog.update(`unpublishing ${label}`, publisher.signal, async () => {
      await removePublication(catalog.paths, mode.name, digest);
    });
    await mode.recorded?.({ ...publisher, image, publication: previous, published: false });
    return {
      image: { name, generation: number, digest },
      mode: mode.name,
      cached: false,
      publication: previous,
    };
  });
}

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

function publicationIn(image: Resolved, mode: Mode): Publication | undefined {
  return image.published?.find((one) => one.mode === mode.name);
}

/** Published again without a word of what was asked for before: that may have been forgotten. */
function tellDropped(
  sink: Sink,
  label: string,
  { name, takes }: Mode,
  previous: Publication | undefined,
  made: Pick<Publication, 'options'> | undefined,
): void {
  if (!previous || !made) return;
  const dropped = takes.filter(
    (one) => previous.options[one] !== undefined && made.options[one] === undefined,
  );
  if (dropped.length === 0) return;
  const was = dropped.map((one) => `--${one} ${String(previous.options[one])}`).join(' ');
  const message = `${label} in mode ${name} is without ${was} from now on: it was published with that before`;
  sink({ event: 'notice', level: 'warning', message });
}

/** @throws SlipwayError `mode/option` */
function checkOptions(mode: Mode, options: PublishOptions): void {
  for (const [key, value] of Object.entries(options))
    if (value !== undefined && !mode.takes.includes(key as keyof PublishOptions))
      throw fail('option', { mode: mode.name, option: key });
}

/** Under the lock of the image: neither a build nor another publication of it at the same time. */
async function working<T>(
  { installation, sink, signal }: Publisher,
  { name }: Generation,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const { paths, config } = installation;
  using _ = await lock(paths.locks, `image-${name}`, what, { wait: WAIT, sink, signal });
  if (config.autoclean) await reconcileWork(paths);
  return await work();
}

/** Under the catalog's lock, so that no blob is collected before its record is there. */
async function record(publisher: Publisher, image: Resolved, mode: Mode, made: Made): Promise<Publication> {
  const { catalog, signal } = publisher;
  const { name, generation, digest } = image.generation;
  const publication = { mode: mode.name, image: digest, created: new Date().toISOString(), ...made };
  const label = `${name}:${generation}`;
  await catalog.update(`publishing ${label}`, signal, async () => {
    for (const part of Object.values(made.blobs))
      if ((await catalog.blobs.size(part.digest)) !== part.size)
        throw imageFail('missing-blob', { digest: part.digest, ref: label });
    await withSpace(catalog.paths.published, () => writePublication(catalog.paths, publication));
  });
  await mode.recorded?.({ ...publisher, image, publication, published: true });
  return publication;
}

/** A full disk in our words and not in those of some tool. */
async function withDisk<T>({ catalog }: Publisher, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!diskFull(error) || (error instanceof SlipwayError && error.code.startsWith('livenet/'))) throw error;
    throw imageFail('no-space', { path: catalog.paths.state }, { cause: error });
  }
}
