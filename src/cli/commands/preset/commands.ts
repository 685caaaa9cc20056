/** The commands of `slipway group` and `slipway profile`: the same verbs for both. */
import { buildCommand, type Command } from '@stricli/core';
import type { Preset, PresetKind } from '../../../node/preset-registry.ts';
import type { Context } from '../../context.ts';
import { fail } from '../../errors.ts';
import { completedPresets, json, type Json } from '../../flags.ts';
import { editOf, groupFlags, profileOnlyFlags, type GroupFlags } from '../../settings.ts';
import { pathsOf, unsetGroupFlags, unsetProfileFlags, type Unset } from '../../unset-settings.ts';
import { presetFacts, presetTable } from './show-presets.ts';

/** `ls show add set unset rm` for one kind. */
export function presetCommands(kind: PresetKind): Record<string, Command<Context>> {
  const argument = {
    brief: `name of the ${kind}`,
    placeholder: kind.toUpperCase(),
    parse: String,
    proposeCompletions: completedPresets(kind),
  } as const;
  const positional = { kind: 'tuple', parameters: [argument] } as const;
  // A profile has less; the flags that it has are the same.
  const settings = (kind === 'group' ? groupFlags : profileOnlyFlags) as typeof groupFlags;
  const unsettable = (kind === 'group' ? unsetGroupFlags : unsetProfileFlags) as typeof unsetGroupFlags;
  const operations = async () => (await import('../../../operations/preset/presets.ts'))[`${kind}s`];
  const one = (context: Context, preset: Preset) =>
    context.result(flat(preset), (style) => presetFacts(preset, style));

  return {
    ls: buildCommand({
      docs: { brief: `List ${kind}s` },
      parameters: { flags: { json } },
      async func(this: Context, _flags: Json) {
        const found = await this.call((await operations()).list, {});
        this.result(found.map(flat), (style, columns) => presetTable(kind, found, style, columns));
      },
    }),
    show: buildCommand({
      docs: { brief: `Show one ${kind}` },
      parameters: { flags: { json }, positional },
      async func(this: Context, _flags: Json, name: string) {
        one(this, await this.call((await operations()).show, { name }));
      },
    }),
    add: buildCommand({
      docs: { brief: `Add a ${kind}` },
      parameters: { flags: { json, ...settings }, aliases: { i: 'image' }, positional },
      async func(this: Context, flags: Json & GroupFlags, name: string) {
        const edit = editOf(flags) ?? {};
        const { edited } = await import('../../../node/edit.ts');
        one(this, await this.call((await operations()).add, { name, settings: edited({}, edit) }));
      },
    }),
    set: buildCommand({
      docs: {
        brief: `Change a ${kind}`,
        fullDescription:
          'What is not named stays. --argument and --profile replace the whole list; tags, variables and interfaces are set key by key.',
      },
      parameters: { flags: { json, ...settings }, aliases: { i: 'image' }, positional },
      async func(this: Context, flags: Json & GroupFlags, name: string) {
        const edit = editOf(flags);
        if (!edit) throw fail('usage', { message: 'Nothing to set', help: `slipway ${kind} set --help` });
        const { inputOf } = await import('../../../operations/node/view.ts');
        one(this, await this.call((await operations()).change, { name, ...inputOf(edit) }));
      },
    }),
    unset: buildCommand({
      docs: { brief: `Take settings of a ${kind} away` },
      parameters: { flags: { json, ...unsettable }, positional },
      async func(this: Context, flags: Json & Unset<typeof unsetGroupFlags>, name: string) {
        const unset = pathsOf(flags);
        if (unset.length === 0)
          throw fail('usage', { message: 'Nothing to unset', help: `slipway ${kind} unset --help` });
        const { inputOf } = await import('../../../operations/node/view.ts');
        one(this, await this.call((await operations()).change, { name, ...inputOf({ unset }) }));
      },
    }),
    rm: buildCommand({
      docs: {
        brief: `Remove a ${kind}`,
        fullDescription: `Refused while ${kind === 'group' ? 'nodes belong to it' : 'nodes or groups name it'}.`,
      },
      parameters: { flags: { json }, positional },
      async func(this: Context, _flags: Json, name: string) {
        const removed = await this.call((await operations()).remove, { name });
        this.result(flat(removed), () => `removed ${kind} ${name}\n`);
      },
    }),
  };
}

const flat = ({ name, nodes, settings }: Preset) => ({ name, nodes, ...settings });
