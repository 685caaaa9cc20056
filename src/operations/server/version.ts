import { z } from 'zod';
import manifest from '../../../package.json' with { type: 'json' };
import { operation } from '../operation.ts';

export const version = operation({
  name: 'version',
  method: 'GET',
  path: '/version',
  scope: 'reader',
  summary: 'Tell the version of Slipway and of what it runs on',
  input: z.strictObject({}),
  output: z.object({ slipway: z.string(), node: z.string(), sqlite: z.string(), platform: z.string() }),
  run: async () => versions(),
});

export function versions() {
  return {
    slipway: manifest.version,
    node: process.versions.node,
    sqlite: process.versions['sqlite'] ?? '',
    platform: `${process.platform}-${process.arch}`,
  };
}
