import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { nameArgument } from './name.ts';

export default buildCommand({
  docs: { brief: 'Remove a secret', fullDescription: 'Refused while a file needs it.' },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [nameArgument] } },
  async func(this: Context, _flags: Json, name: string) {
    const { secretRemove } = await import('../../../operations/files/secrets.ts');
    await this.call(secretRemove, { name });
    this.result({ name }, () => `removed secret ${name}\n`);
  },
});
