import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, wholeNumber, type Json } from '../../flags.ts';
import { nameArgument } from './name.ts';

interface Flags extends Json {
  readonly bytes: number;
}

export default buildCommand({
  docs: { brief: 'Make a secret of random bytes, such as a munge key' },
  parameters: {
    flags: {
      json,
      bytes: {
        kind: 'parsed',
        parse: wholeNumber(16, 1 << 20),
        brief: 'How many',
        placeholder: 'n',
        default: '128',
      },
    },
    positional: { kind: 'tuple', parameters: [nameArgument] },
  },
  async func(this: Context, { bytes }: Flags, name: string) {
    const { secretGenerate } = await import('../../../operations/files/secrets.ts');
    const made = await this.call(secretGenerate, { name, bytes });
    this.result(made, () => `secret ${name}: ${bytes} bytes\n`);
  },
});
