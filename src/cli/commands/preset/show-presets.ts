/** How groups and profiles are shown. */
import type { Preset, PresetKind } from '../../../node/preset-registry.ts';
import type { Style } from '../../render/style.ts';
import { facts, table } from '../../render/table.ts';
import { shown } from '../node/show-nodes.ts';

export function presetTable(
  kind: PresetKind,
  presets: readonly Preset[],
  style: Style,
  columns: number | undefined,
): string {
  return table(
    presets,
    [
      { title: kind, value: (p) => p.name },
      { title: 'nodes', value: (p) => p.nodes, right: true },
      ...(kind === 'group'
        ? [
            { title: 'order', value: (p: Preset) => p.settings.order ?? 0, right: true },
            { title: 'profiles', value: (p: Preset) => (p.settings.profiles ?? []).join(','), shrink: true },
          ]
        : []),
      { title: 'image', value: (p) => p.settings.image },
      { title: 'mode', value: (p) => p.settings.mode },
      { title: 'arguments', value: (p) => (p.settings.arguments ?? []).join(' '), shrink: true },
      { title: 'description', value: (p) => p.settings.description, shrink: true },
    ],
    { style, columns, empty: `There is no ${kind} yet. Add one: slipway ${kind} add NAME` },
  );
}

export function presetFacts({ kind, name, nodes, settings }: Preset, style: Style): string {
  const rows = Object.entries(settings).map(([key, value]): [string, string] => [key, shown(value)]);
  return facts([[kind, name], ['nodes', String(nodes)], ...rows], style);
}
