import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { table } from '../../render/table.ts';
import { when } from '../../render/text.ts';

export default buildCommand({
  docs: { brief: 'List the tokens of the API, without their secrets' },
  parameters: { flags: { json } },
  async func(this: Context, _flags: Json) {
    const { tokenList } = await import('../../../operations/access/tokens.ts');
    const tokens = await this.call(tokenList, {});
    const expiry = (at: string | undefined) =>
      at === undefined ? 'never' : Date.parse(at) <= Date.now() ? 'expired' : when(at);
    this.result(tokens, (style, columns) =>
      table(
        tokens,
        [
          { title: 'id', value: (t) => t.id },
          { title: 'name', value: (t) => t.name },
          { title: 'scope', value: (t) => t.scope },
          { title: 'made', value: (t) => when(t.created) },
          { title: 'expires', value: (t) => expiry(t.expires) },
          { title: 'last use', value: (t) => (t.used === undefined ? 'never' : when(t.used)) },
        ],
        { style, columns, empty: 'There is no token yet. Make one: slipway token add NAME --scope reader' },
      ),
    );
  },
});
