import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { when } from '../../render/text.ts';

export default buildCommand({
  docs: { brief: 'List secrets: their names, never their values' },
  parameters: { flags: { json } },
  async func(this: Context, _flags: Json) {
    const { secretList } = await import('../../../operations/files/secrets.ts');
    const secrets = await this.call(secretList, {});
    this.result(secrets, (style, columns) =>
      table(
        secrets,
        [
          { title: 'secret', value: (s) => s.name },
          { title: 'bytes', value: (s) => String(s.bytes), right: true },
          { title: 'changed', value: (s) => when(s.updated) },
        ],
        { style, columns, empty: 'There is no secret yet. Make one: slipway secret generate munge' },
      ),
    );
  },
});
