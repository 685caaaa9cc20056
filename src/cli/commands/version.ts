import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { json, type Json } from '../flags.ts';

export default buildCommand({
  docs: { brief: 'Print the version of Slipway and of what it runs on' },
  parameters: { flags: { json } },
  async func(this: Context, _flags: Json) {
    // Without an installation, which may be what is broken.
    const [{ version, versions }, server] = [
      await import('../../operations/server/version.ts'),
      await this.remote(),
    ];
    const value = server ? await this.call(version, {}) : versions();
    this.result(
      value,
      () => `slipway ${value.slipway} (Node ${value.node}, SQLite ${value.sqlite}, ${value.platform})\n`,
    );
  },
});
