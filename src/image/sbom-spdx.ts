import { createHash } from 'node:crypto';
import { dateOf, packagesWithUrls, uuidOf } from './sbom-common.ts';
import type { Digest, ImageConfig } from './types.ts';

const IMAGE = 'SPDXRef-Image';

/** SPDX 2.3, https://spdx.github.io/spdx-spec/v2.3/. Nothing is said about licences and files: Slipway does not analyse them. */
export function spdx(config: ImageConfig, digest: Digest): unknown {
  const packages = packagesWithUrls(config).map(({ one, url }) => {
    return {
      SPDXID: `SPDXRef-Package-${one.name.replaceAll(/[^A-Za-z0-9.-]/g, '-')}-${createHash('sha256').update(url).digest('hex').slice(0, 12)}`,
      name: one.name,
      versionInfo: one.version,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
      ...(one.source ? { sourceInfo: `built from the source package ${one.source}` } : {}),
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url }],
    };
  });
  const image = {
    SPDXID: IMAGE,
    name: config.name,
    versionInfo: digest,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    checksums: [{ algorithm: 'SHA256', checksumValue: digest.slice('sha256:'.length) }],
    ...(config.system['PRETTY_NAME'] ? { summary: config.system['PRETTY_NAME'] } : {}),
  };
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: config.name,
    documentNamespace: `https://spdx.org/spdxdocs/${config.name}-${uuidOf(digest)}`,
    creationInfo: { created: dateOf(config), creators: ['Tool: slipway'] },
    packages: [image, ...packages],
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', IMAGE),
      ...packages.map((one) => relation(IMAGE, 'CONTAINS', one.SPDXID)),
    ],
  };
}

function relation(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
