import { join } from 'node:path';
import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { json, texts, type Json } from '../flags.ts';

interface Flags extends Json {
  readonly check?: readonly string[];
}

export default buildCommand({
  docs: {
    brief: 'Run the boot server: HTTP, DHCP, TFTP',
    fullDescription: describe(
      [
        'Serves nodes their boot scripts and images until it is stopped, with dnsmasq beside it.',
        'Address, interface, port and DHCP mode come from config.yml; by default DHCP only adds to the server that is there.',
      ],
      [
        ['slipway serve', 'Serve, and say what nodes do'],
        ['slipway serve --json', 'The same as JSON, one event a line'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      check: texts(
        'Shell command that each node runs once it is up, and reports; may be given several times',
        'command',
      ),
    },
  },
  async func(this: Context, flags: Flags) {
    const { installation, sink, signal } = await this.work({ reconcile: true });
    const { serve } = await import('../../server/serve.ts');
    // Without Maglev as in bin/slipway.
    const command = [process.execPath, '--no-maglev', join(import.meta.dirname, '../start.js')];
    await serve(installation, { sink, signal, checks: flags.check, command });
  },
});
