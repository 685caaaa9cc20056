/** Publishing generations in modes: what a mode makes, and the record of it. */
import { removePublication, type Publication } from '../image/publications.ts';
import type { Generation, Resolved } from '../image/types.ts';
import { foldBriefly } from '../nodeset/fold.ts';
import { task, type Sink } from '../system/events.ts';
import { lock } from '../system/lock.ts';
import { reconcileWork } from '../system/workdir.ts';
import { fail } from './errors.ts';
import { findMode } from './index.ts';
import type { Mode, PublishOptions } from './mode.ts';
import { record, withDisk, type Publisher } from './record.ts';

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
