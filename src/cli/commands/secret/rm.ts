import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { openRegistry } from '../../open.ts';
import { nameArgument } from './name.ts';

export default buildCommand({
  docs: { brief: 'Remove a secret', fullDescription: 'Refused while a file needs it.' },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [nameArgument] } },
  async func(this: Context, _flags: Json, name: string) {
    await using open = await openRegistry(this);
    const { removeSecret } = await import('../../../files/secrets.ts');
    await removeSecret(open.db, name);
    this.result({ name }, () => `removed secret ${name}\n`);
  },
});
