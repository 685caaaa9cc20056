import { buildCommand } from '@stricli/core';
import type { FileSpec } from '../../../node/file-schema.ts';
import type { Context } from '../../context.ts';
import { table } from '../../render/table.ts';
import { ownerAliases, ownerFlags, ownerOf, type OwnerFlags } from './owner.ts';

export default buildCommand({
  docs: {
    brief: 'List the files that a node, group or profile gives itself',
    fullDescription: 'All that a node gets: slipway node files.',
  },
  parameters: { flags: ownerFlags, aliases: ownerAliases },
  async func(this: Context, flags: OwnerFlags) {
    const { fileList } = await import('../../../operations/files/said.ts');
    const files = await this.call(fileList, ownerOf(flags));
    this.result(files, (style, columns) =>
      table(
        Object.entries(files),
        [
          { title: 'path', value: ([path]) => path },
          { title: 'what', value: ([, file]) => whatOf(file), shrink: true },
          { title: 'mode', value: ([, file]) => file?.mode },
          { title: 'owner', value: ([, file]) => [file?.owner, file?.group].filter(Boolean).join(':') },
          { title: 'refresh', value: ([, file]) => (file?.refresh ? `yes ${file.run ?? ''}`.trim() : '') },
        ],
        { style, columns, empty: 'It says nothing of files.' },
      ),
    );
  },
});

function whatOf(file: FileSpec | null): string {
  if (file === null) return 'as the image has it';
  if (file.absent) return 'removed';
  if (file.link !== undefined) return `-> ${file.link}`;
  if (file.secret !== undefined) return `secret ${file.secret}`;
  if (file.builtin !== undefined) return `builtin ${file.builtin}`;
  return `${file.template ? 'template' : 'file'} ${file.content?.slice(0, 19) ?? ''}`;
}
