import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, wholeNumber, type Json } from '../../flags.ts';
import { diffText } from '../../render/diff.ts';
import { facts } from '../../render/table.ts';
import { when } from '../../render/text.ts';

export const idArgument = {
  brief: 'number of the change (default: the newest)',
  placeholder: 'ID',
  parse: wholeNumber(1),
  optional: true,
} as const;

export default buildCommand({
  docs: { brief: 'Show what a change did' },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [idArgument] } },
  async func(this: Context, _flags: Json, id?: number) {
    const { changeShow } = await import('../../../operations/registry/changes.ts');
    const change = await this.call(changeShow, { id: String(id ?? 'newest') });
    this.result(change, (style) => {
      const head = facts(
        [
          ['change', String(change.id)],
          ['when', when(change.at)],
          ['who', `${change.who} by ${change.via}`],
          ['what', change.summary],
          ['undone by', change.undone === null ? undefined : String(change.undone)],
        ],
        style,
      );
      return `${head}\n${diffText(change.changes, style)}`;
    });
  },
});
