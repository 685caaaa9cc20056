/** Images and modes that are named and not there. Nodes boot later: that is a warning, not an error. */
import type { Catalog } from '../image/catalog.ts';
import { findMode } from '../modes/index.ts';
import { SlipwayError } from '../system/errors.ts';
import type { Settings } from './schema.ts';

/** One sentence for each image and mode that nothing is known of, naming the first that wants it. */
export async function unbootable(
  catalog: Pick<Catalog, 'find'>,
  documents: Iterable<{ what: string; settings: Pick<Settings, 'image' | 'mode'> }>,
): Promise<string[]> {
  const images = new Map<string, string>();
  const modes = new Map<string, string>();
  for (const { what, settings } of documents) {
    if (settings.image !== undefined && !images.has(settings.image)) images.set(settings.image, what);
    if (settings.mode !== undefined && !modes.has(settings.mode)) modes.set(settings.mode, what);
  }
  const found: string[] = [];
  const look = async (what: string, work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      found.push(`${what}: ${error.message}; nodes wait at their boot until it is there`);
    }
  };
  for (const [image, what] of images) await look(what, () => catalog.find(image));
  for (const [mode, what] of modes) await look(what, () => findMode(mode));
  return found;
}
