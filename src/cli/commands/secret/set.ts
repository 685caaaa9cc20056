import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { json, text, type Json } from '../../flags.ts';
import { readInput } from '../../input.ts';
import { nameArgument } from './name.ts';

interface Flags extends Json {
  readonly from?: string;
}

export default buildCommand({
  docs: {
    brief: 'Keep a secret, from standard input or a file',
    fullDescription:
      'At a terminal it is asked for. All bytes count, a newline at the end too. Never an argument: others could see it.',
  },
  parameters: {
    flags: { json, from: text('File to read instead of standard input', 'file') },
    positional: { kind: 'tuple', parameters: [nameArgument] },
  },
  async func(this: Context, flags: Flags, name: string) {
    const ask = flags.from === undefined ? this.secretAsker() : undefined;
    if (!ask && flags.from === undefined && process.stdin.isTTY)
      throw fail('usage', {
        message: 'The secret must come on standard input',
        help: 'slipway secret set --help',
      });
    const value = ask
      ? Buffer.from(await ask(`Secret ${name}`))
      : await readInput(flags.from ?? '-', 1 << 20);
    const { secretSet } = await import('../../../operations/files/secrets.ts');
    const kept = await this.call(secretSet, { name, value: value.toString('base64') });
    this.result(kept, () => `secret ${name}: ${value.length} bytes\n`);
  },
});
