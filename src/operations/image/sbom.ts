import { z } from 'zod';
import { sbom } from '../../image/sbom.ts';
import { ImageRef } from '../fields.ts';
import { operation } from '../operation.ts';

export const imageSbom = operation({
  name: 'image.sbom',
  method: 'GET',
  path: '/images/:image/sbom',
  scope: 'reader',
  summary: 'Give the bill of materials of a generation',
  input: z.strictObject({ image: ImageRef, format: z.enum(['spdx', 'cyclonedx']).default('spdx') }),
  output: z.record(z.string(), z.unknown()).describe('SPDX 2.3 or CycloneDX 1.6'),
  run: async ({ catalog }, { image, format }) =>
    JSON.parse(await sbom(catalog, image, format)) as Record<string, unknown>,
});
