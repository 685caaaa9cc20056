/** Questions about images that several actions ask. */
import { Catalog } from '../image/catalog.ts';
import type { Generation } from '../image/types.ts';
import { bytes, when } from '../cli/render/text.ts';
import { checkNewName } from '../parameters/check.ts';
import type { Choice } from './prompts.ts';
import type { Session } from './session.ts';
import { problem } from './validate.ts';

/** All generations by image, the newest first. */
export async function imagesByName(session: Session): Promise<Map<string, Generation[]>> {
  const catalog = await Catalog.open(session.installation.paths);
  const all = (await catalog.generations()).toSorted((a, b) => b.generation - a.generation);
  return Map.groupBy(
    all.toSorted((a, b) => a.name.localeCompare(b.name)),
    ({ name }) => name,
  );
}

/** What an image's name stands for: its generation `latest`, else the newest. */
export function latestOf(generations: readonly Generation[]): Generation | undefined {
  return generations.find(({ tags }) => tags.includes('latest')) ?? generations[0];
}

/** Lets choose an image by name; says so, and gives nothing, if there is none to choose. @throws Back */
export async function chooseImage(
  session: Session,
  message: string,
  options: {
    initial?: string;
    /** Which may be chosen; all if not given. */
    only?: (latest: Generation) => boolean;
    /** Said when there is none. */
    none?: string;
  } = {},
): Promise<{ name: string; generations: Generation[] } | undefined> {
  const images = [...(await imagesByName(session))].filter(([, generations]) => {
    const latest = latestOf(generations);
    return latest !== undefined && (options.only?.(latest) ?? true);
  });
  if (images.length === 0) {
    session.tell(options.none ?? 'There is no image yet: entry 1 makes one.');
    return undefined;
  }
  const name = await session.ask.choose({
    message,
    initial: options.initial,
    choices: images.map(([image, generations]): Choice<string> => ({
      value: image,
      label: image,
      hint: describe(latestOf(generations), generations.length),
    })),
  });
  return { name, generations: (await imagesByName(session)).get(name) ?? [] };
}

function describe(latest: Generation | undefined, count: number): string {
  if (!latest) return '';
  const more = count > 1 ? `, ${count} generations` : '';
  return `${latest.state === 'broken' ? 'broken, ' : ''}${bytes(latest.bytes)}, ${when(latest.created)}${more}`;
}

/** Asks for the name of an image that is not there yet. @throws Back */
export async function askNewName(session: Session, message: string, initial?: string): Promise<string> {
  const taken = await imagesByName(session);
  return await session.ask.text({
    message,
    initial,
    help: 'Letters a-z, digits, . _ - and at most 63 of them.',
    validate: (name) => problem(() => checkNewName(name, [...taken.keys()])),
  });
}

/** The same for images with a system in them: demo images and broken ones are not offered. @throws Back */
export async function chooseSystem(session: Session, message: string, initial?: string) {
  return await chooseImage(session, message, {
    initial,
    only: ({ state, layers }) => state === 'ready' && layers > 0,
    none: 'There is no image with a system in it yet: entry 1, livenet makes one.',
  });
}
