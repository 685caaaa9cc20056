import { dateOf, packagesWithUrls, uuidOf } from './sbom-common.ts';
import type { Digest, ImageConfig } from './types.ts';

/** CycloneDX 1.6, https://cyclonedx.org/docs/1.6/json/. */
export function cyclonedx(config: ImageConfig, digest: Digest): unknown {
  const components = packagesWithUrls(config).map(({ one, url: purl }) => {
    return {
      type: 'library',
      'bom-ref': purl,
      name: one.name,
      version: one.version,
      purl,
      ...(one.source ? { properties: [{ name: 'slipway:source', value: one.source }] } : {}),
    };
  });
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(digest)}`,
    version: 1,
    metadata: {
      timestamp: dateOf(config),
      tools: { components: [{ type: 'application', name: 'slipway' }] },
      component: {
        type: 'operating-system',
        'bom-ref': digest,
        name: config.name,
        version: digest,
        hashes: [{ alg: 'SHA-256', content: digest.slice('sha256:'.length) }],
        ...(config.system['PRETTY_NAME'] ? { description: config.system['PRETTY_NAME'] } : {}),
      },
    },
    components,
    dependencies: [{ ref: digest, dependsOn: components.map((c) => c['bom-ref']) }],
  };
}
