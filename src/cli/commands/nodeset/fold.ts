import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { expressions, namesOf } from './input.ts';

export default buildCommand({
  docs: { brief: 'Print a node set as short as it can be, on one line' },
  parameters: { flags: { json }, positional: expressions },
  async func(this: Context, _flags: Json, ...args: string[]) {
    const { fold } = await import('../../../nodeset/fold.ts');
    const folded = fold(await namesOf(this, args, 'fold'));
    this.result(folded, () => `${folded}\n`);
  },
});
