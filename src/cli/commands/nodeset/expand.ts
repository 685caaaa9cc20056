import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { expressions, namesOf } from './input.ts';

export default buildCommand({
  docs: { brief: 'Print the nodes of a node set, one a line' },
  parameters: { flags: { json }, positional: expressions },
  async func(this: Context, _flags: Json, ...args: string[]) {
    const names = await namesOf(this, args, 'expand');
    this.result(names, () => names.map((name) => `${name}\n`).join(''));
  },
});
