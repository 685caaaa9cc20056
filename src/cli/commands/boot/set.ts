import { buildCommand } from '@stricli/core';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { json, text, type Json } from '../../flags.ts';

interface Flags extends Json {
  readonly nodes: string;
  readonly image?: string;
  readonly mode?: string;
}

export default buildCommand({
  docs: {
    brief: 'Say which image nodes boot, and in which mode',
    fullDescription: describe(
      [
        'A tag is looked up at each boot: with compute:latest nodes get what is built last. Nodes that run now are not touched.',
      ],
      [['slipway boot set -n n1,n2 -i compute:stable --mode ram', 'Both boot compute:stable from RAM']],
    ),
  },
  parameters: {
    flags: {
      json,
      nodes: {
        kind: 'parsed',
        parse: String,
        brief: 'Names of nodes, separated by commas',
        placeholder: 'nodes',
      },
      image: text('Image: name, name:tag, name:generation or sha256:…', 'image'),
      mode: text('Mode: ram (default) or demo', 'mode'),
    },
    aliases: { n: 'nodes', i: 'image' },
  },
  async func(this: Context, { nodes, image, mode }: Flags) {
    if (image === undefined && mode === undefined)
      throw fail('usage', {
        message: 'Nothing to set: give --image or --mode',
        help: 'slipway boot set --help',
      });
    const { bootSet } = await import('../../../operations/boot/set.ts');
    const changed = await this.call(bootSet, { nodes, image, mode });
    this.result(changed, () =>
      changed.map((n) => `${n.name} boots ${n.image} in mode ${n.mode ?? 'ram'}\n`).join(''),
    );
  },
});
