/** The module `toolbox` with its streams, the first by default. modulemd, version 2 */
import { stringify } from 'yaml';
import type { Release } from './package.ts';
import { moduleOf, STREAMS } from './packages/extras.ts';

export function modulemd(release: Release): string {
  const streams = STREAMS.map((stream) => {
    const [, , version, context] = moduleOf(stream, release).split(':');
    return {
      document: 'modulemd',
      version: 2,
      data: {
        name: 'toolbox',
        stream,
        version: Number(version),
        context,
        arch: 'x86_64',
        summary: 'A program in two streams',
        description: 'Shows that streams are chosen.',
        license: { module: ['MIT'] },
        dependencies: [{ requires: { platform: [`el${release}`] } }],
        profiles: { default: { rpms: ['toolbox'] } },
        api: { rpms: ['toolbox'] },
        artifacts: { rpms: [`toolbox-0:${stream}.${release}-1.module_el${release}.noarch`] },
      },
    };
  });
  const defaults = {
    document: 'modulemd-defaults',
    version: 1,
    data: {
      module: 'toolbox',
      stream: STREAMS[0],
      profiles: Object.fromEntries(STREAMS.map((s) => [s, ['default']])),
    },
  };
  // Streams are text, also where they look like numbers.
  return [...streams, defaults].map((one) => `---\n${stringify(one, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })}...\n`).join(''); // prettier-ignore
}
