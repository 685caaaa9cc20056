/** Groups and profiles: the same operations for both. */
import { z } from 'zod';
import { bootable } from './bootable.ts';
import { tagOf } from '../../node/canonical.ts';
import type { Edit } from '../../node/edit.ts';
import {
  addPreset,
  changePreset,
  listPresets,
  removePreset,
  showPreset,
  type PresetKind,
} from '../../node/preset-registry.ts';
import { GroupSchema, type GroupDocument } from '../../node/schema.ts';
import { Name } from '../fields.ts';
import { edit, Settings } from '../node/view.ts';
import { operation, type Operation } from '../operation.ts';

const Preset = z
  .object({
    kind: z.enum(['group', 'profile']),
    name: z.string(),
    nodes: z.number().describe('Nodes that name it themselves; of a profile also through their groups'),
    settings: z.object(GroupSchema.shape),
  })
  .meta({ id: 'Preset' });

function presetOperations(kind: PresetKind) {
  const path = `/${kind}s`;
  const name = Name.describe(`Name of the ${kind}`);
  const etag = ({ settings }: z.output<typeof Preset>) => tagOf(settings);
  return {
    list: operation({
      name: `${kind}.list`,
      method: 'GET',
      path,
      scope: 'reader',
      summary: `List ${kind}s`,
      input: z.strictObject({}),
      output: z.array(Preset),
      key: (preset) => preset.name,
      run: async ({ db }) => await listPresets(db, kind),
    }),
    show: operation({
      name: `${kind}.show`,
      method: 'GET',
      path: `${path}/:name`,
      scope: 'reader',
      summary: `Show one ${kind}`,
      input: z.strictObject({ name }),
      output: Preset,
      etag,
      run: async ({ db }, { name: one }) => await showPreset(db, kind, one),
    }),
    add: operation({
      name: `${kind}.add`,
      method: 'POST',
      path,
      scope: 'operator',
      summary: `Add a ${kind}`,
      input: z.strictObject({ name, settings: Settings.default({}) }),
      output: Preset,
      status: 201,
      etag,
      async run(engine, { name: one, settings }) {
        const { db, actor } = engine;
        const added = await addPreset(db, kind, one, settings as GroupDocument, { actor });
        await bootable(engine, [added]);
        return added;
      },
    }),
    change: operation({
      name: `${kind}.change`,
      method: 'PATCH',
      path: `${path}/:name`,
      scope: 'operator',
      summary: `Change settings of a ${kind}; what is not named stays`,
      input: z.strictObject({ name, ...edit }),
      output: Preset,
      etag,
      async run(engine, { name: one, ...change }) {
        const { db, actor } = engine;
        const { set, unset } = change;
        const summary =
          set === undefined && unset !== undefined
            ? `${kind} unset ${one}: ${unset.map((keys) => keys.join('.')).join(', ')}`
            : undefined;
        const changed = await changePreset(db, kind, one, change as Edit, { actor, summary });
        if (set) await bootable(engine, [changed]);
        return changed;
      },
    }),
    remove: operation({
      name: `${kind}.remove`,
      method: 'DELETE',
      path: `${path}/:name`,
      scope: 'operator',
      summary: `Remove a ${kind} that nothing names`,
      input: z.strictObject({ name }),
      output: Preset,
      run: async ({ db, actor }, { name: one }) => await removePreset(db, kind, one, { actor }),
    }),
  } satisfies Record<string, Operation>;
}

export const groups = presetOperations('group');
export const profiles = presetOperations('profile');
