import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, keyValue, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly set?: readonly [string, string][];
}

export default buildCommand({
  docs: { brief: 'Check a recipe and what it includes, without building' },
  parameters: {
    flags: {
      json,
      set: {
        kind: 'parsed',
        parse: keyValue,
        brief: 'Set a variable of the recipe',
        placeholder: 'key=value',
        optional: true,
        variadic: true,
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ brief: 'recipe file', placeholder: 'RECIPE', parse: String }],
    },
  },
  async func(this: Context, flags: Flags, file: string) {
    void flags;
    void file;
  },
});
