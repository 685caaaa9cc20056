import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, type Json } from '../../flags.ts';
import { create, newName } from '../create.ts';

interface Flags extends Json {
  readonly message: string;
}

export default buildCommand({
  docs: {
    brief: 'Make a demo image: nothing but a message',
    fullDescription: 'To try what can be done with images. Nodes cannot boot it.',
  },
  parameters: {
    flags: {
      json,
      message: {
        kind: 'parsed',
        parse: String,
        brief: 'What it says',
        placeholder: 'text',
        default: 'Hello world',
      },
    },
    positional: newName,
  },
  async func(this: Context, { message }: Flags, name: string) {
    await create(this, { kind: 'demo', name, message }, 'demo create');
  },
});
