/** Software bills of materials, made from the config alone: the same image gives the same text. */
import type { Catalog } from './catalog.ts';
import { canonicalJson } from './canonical.ts';
import { cyclonedx } from './sbom-cyclonedx.ts';
import { spdx } from './sbom-spdx.ts';

export const SBOM_FORMATS = ['spdx', 'cyclonedx'] as const;
export type SbomFormat = (typeof SBOM_FORMATS)[number];

/** The bill of one generation as JSON text: SPDX 2.3 or CycloneDX 1.6. @throws SlipwayError as `Catalog.resolve` */
export async function sbom(catalog: Catalog, ref: string, format: SbomFormat = 'spdx'): Promise<string> {
  const { config, generation } = await catalog.resolve(ref);
  const document = (format === 'spdx' ? spdx : cyclonedx)(config, generation.digest);
  return `${JSON.stringify(JSON.parse(canonicalJson(document)), undefined, 2)}\n`;
}
