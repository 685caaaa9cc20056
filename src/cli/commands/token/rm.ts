import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';

export default buildCommand({
  docs: { brief: 'Remove a token: it is refused from now on' },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'its id, or its name if no other has it', placeholder: 'TOKEN', parse: String }],
    },
  },
  async func(this: Context, _flags: Json, token: string) {
    const { tokenRemove } = await import('../../../operations/access/tokens.ts');
    const removed = await this.call(tokenRemove, { id: token });
    this.result(removed, () => `removed ${removed.name} (${removed.id})\n`);
  },
});
