/** Taking back what was published of older generations. */
import type { Generation } from '../image/types.ts';
import { SlipwayError } from '../system/errors.ts';
import { unpublish, type Booting } from './publish.ts';
import type { Publisher } from './record.ts';

/**
 * Unpublishes generations of an image in a mode, but `keep`: this one, the newest, and besides those that nodes boot; what cannot be
 * taken back is told and stays.
 */
export async function keepPublished(
  publisher: Publisher,
  { name, generation: now }: Pick<Generation, 'name' | 'generation'>,
  mode: string,
  keep: number,
  booting: Booting,
): Promise<void> {
  const { catalog, sink, signal } = publisher;
  const generations = (await catalog.generations()).filter(
    (one) => one.name === name && one.state === 'ready',
  );
  const published: string[] = [];
  for (const { generation } of generations.toSorted((a, b) => b.generation - a.generation)) {
    const label = `${name}:${generation}`;
    const image = await catalog.resolve(label);
    if (generation !== now && image.published?.some((one) => one.mode === mode)) published.push(label);
  }
  for (const label of published.slice(keep - 1))
    try {
      await unpublish(publisher, label, mode, booting);
    } catch (error) {
      if (!(error instanceof SlipwayError) || signal?.aborted) throw error;
      sink({ event: 'notice', level: 'info', message: `${label} stays published: ${error.message}` });
    }
}
