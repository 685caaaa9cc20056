import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { off } from '../../flags.ts';
import { readInput } from '../../input.ts';
import {
  lookOf, modeFlags, ownerAliases, ownerFlags, pathArgument, refreshFlags, type ModeFlags,
  type RefreshFlags, type OwnerFlags,
} from './owner.ts'; // prettier-ignore
import { say } from './say.ts';

interface Flags extends OwnerFlags, ModeFlags, RefreshFlags {
  readonly from: string;
  readonly template: boolean;
}

export default buildCommand({
  docs: {
    brief: 'Give nodes a file with this content',
    fullDescription:
      'Nodes get it at their next boot; running ones too where --refresh is given. --template: the content is a Liquid template that sees node, cluster and image.',
  },
  parameters: {
    flags: {
      ...ownerFlags,
      from: {
        kind: 'parsed',
        parse: String,
        brief: 'File with the content; - reads standard input',
        placeholder: 'file',
      },
      template: off('The content is a template'),
      ...modeFlags,
      ...refreshFlags,
    },
    aliases: ownerAliases,
    positional: { kind: 'tuple', parameters: [pathArgument] },
  },
  async func(this: Context, flags: Flags, path: string) {
    const content = await readInput(flags.from, 16 << 20);
    const { template } = flags;
    const given = { content, ...(template && { template }), ...lookOf(flags) };
    await say(this, flags, path, given, `${content.length} bytes${template ? ', a template' : ''}`);
  },
});
