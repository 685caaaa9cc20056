import { buildCommand } from '@stricli/core';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { json, text, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly scope?: 'reader' | 'operator' | 'admin';
  readonly expires?: string;
}

export default buildCommand({
  docs: {
    brief: 'Make a token for the API; it is shown this once',
    fullDescription: describe(
      [
        'reader: looks at everything but secrets; operator: changes nodes, images and boots, and builds; admin: also tokens, secrets and the audit log.',
        'Only a hash of it is kept: whoever loses it makes a new one.',
      ],
      [
        ['slipway token add ci --scope operator --expires 30d', 'For a month'],
        ['slipway token add grafana --scope reader --expires never', 'Until it is removed'],
      ],
    ),
  },
  parameters: {
    flags: {
      json,
      scope: {
        kind: 'enum',
        values: ['reader', 'operator', 'admin'],
        brief: 'What it may do (default: reader)',
        optional: true,
      },
      expires: text('How long it lives: 30d, 12h, 90m, or never (default: 90d)', 'duration'),
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'what it is for', placeholder: 'NAME', parse: String }],
    },
  },
  async func(this: Context, { scope, expires }: Flags, name: string) {
    const { tokenAdd } = await import('../../../operations/access/tokens.ts');
    const added = await this.call(tokenAdd, { name, scope, expires });
    this.result(added, () => `${added.token}\n`);
  },
});
