import type { Catalog } from '../../image/catalog.ts';
import { mountImage } from '../../image/diff.ts';
import type { Generation } from '../../image/types.ts';
import { task, type Sink } from '../../system/events.ts';
import { workDirectory } from '../../system/workdir.ts';
import type { State } from '../mode.ts';
import { checkReadonly, type Findings } from './check.ts';
import { readTables } from './tables.ts';
import { join } from 'node:path';

/** {@link checkReadonly} of a generation, mounted in a namespace of its own. @throws SlipwayError `image/…` */
export async function checkImage(
  catalog: Catalog,
  ref: string,
  { state, sink }: { state?: State; sink: Sink; signal?: AbortSignal },
): Promise<Findings & { image: Pick<Generation, 'name' | 'generation' | 'digest'> }> {
  const image = await catalog.resolve(ref);
  const { name, generation, digest } = image.generation;
  const record = image.published?.find(({ mode }) => mode === 'readonly');
  const kept = state ?? (record?.options['state'] as State | undefined);
  return await task(sink, `look through ${name}:${generation}`, async () => {
    await using work = await workDirectory(catalog.paths, 'check');
    await using tree = await mountImage(catalog, join(work.path, 'tree'), image);
    const tables = await readTables(tree.root);
    return { image: { name, generation, digest }, ...(await checkReadonly(tree.root, tables, kept)) };
  });
}
