import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { expressions, namesOf } from './input.ts';

export default buildCommand({
  docs: { brief: 'Print how many nodes a node set has' },
  parameters: { flags: { json }, positional: expressions },
  async func(this: Context, _flags: Json, ...args: string[]) {
    const { length } = await namesOf(this, args, 'count');
    this.result(length, () => `${length}\n`);
  },
});
