import { z } from 'zod';
import type { Catalog } from '../../image/catalog.ts';
import { diff } from '../../image/diff.ts';
import { fail } from '../../image/errors.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';
import { FileChange, Generation, kernelChanges, PackageChanges } from './view.ts';

export const imageDiff = operation({
  name: 'image.diff',
  method: 'GET',
  path: '/images/:image/diff',
  scope: 'reader',
  summary: 'Show packages and files that differ between two generations',
  input: z.strictObject({
    image: ImageRef.describe('The newer one'),
    before: ImageRef.optional().describe('The older one; default: the generation before'),
    packages: z.boolean().default(false).describe('Packages and kernel only'),
    limit: z.int().min(1).max(1_000_000).default(100_000).describe('Most files listed'),
  }),
  output: z.object({
    before: Generation,
    after: Generation,
    packages: PackageChanges,
    ...kernelChanges,
    files: z.array(FileChange),
    truncated: z.boolean(),
  }),
  async run({ catalog, sink, signal }, { image, before, packages, limit }) {
    const older = before ?? (await previous(catalog, image));
    return await diff(catalog, older, image, { packagesOnly: packages, limit, sink, signal });
  },
});

async function previous(catalog: Catalog, ref: string): Promise<string> {
  const { name, generation } = await catalog.find(ref);
  const older = (await catalog.generations(name)).filter((g) => g.generation < generation).at(-1);
  if (!older) throw fail('no-previous', { name, number: generation });
  return `${name}:${older.generation}`;
}
