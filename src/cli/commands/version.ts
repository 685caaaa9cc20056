import { buildCommand } from '@stricli/core';
import manifest from '../../../package.json' with { type: 'json' };
import type { Context } from '../context.ts';
import { json, type Json } from '../flags.ts';

export default buildCommand({
  docs: { brief: 'Print the version of Slipway and of what it runs on' },
  parameters: { flags: { json } },
  func(this: Context, _flags: Json) {
    const value = {
      slipway: manifest.version,
      node: process.versions.node,
      sqlite: process.versions['sqlite'],
      platform: `${process.platform}-${process.arch}`,
    };
    this.result(
      value,
      () => `slipway ${value.slipway} (Node ${value.node}, SQLite ${value.sqlite}, ${value.platform})\n`,
    );
  },
});
