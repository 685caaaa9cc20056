import { buildCommand } from '@stricli/core';
import type { Context } from '../context.ts';
import { describe } from '../describe.ts';
import { json, type Json } from '../flags.ts';
import { diffText } from '../render/diff.ts';
import { idArgument } from './history/show.ts';

export default buildCommand({
  docs: {
    brief: 'Take a change of the registry back',
    fullDescription: describe(
      [
        'Refused if something in it was changed again since. It is a change itself: undoing it brings the first one back.',
      ],
      [
        ['slipway undo', 'Takes back the newest change'],
        ['slipway undo 17', 'Takes back change 17 of slipway history'],
      ],
    ),
  },
  parameters: { flags: { json }, positional: { kind: 'tuple', parameters: [idArgument] } },
  async func(this: Context, _flags: Json, id?: number) {
    const { changeUndo } = await import('../../operations/registry/changes.ts');
    const done = await this.call(changeUndo, { id: String(id ?? 'newest') });
    this.result(done, (style) => {
      const text = `Change ${done.undoes} is taken back, as change ${done.id}.\n`;
      return diffText(done.changes, style) + text;
    });
  },
});
