import { buildCommand } from '@stricli/core';
import type { HistoryEntry } from '../../../image/history.ts';
import type { Context } from '../../context.ts';
import { imageArgument, json, type Json } from '../../flags.ts';
import type { Style } from '../../render/style.ts';
import { bytes, oneLine, shortDigest, when } from '../../render/text.ts';

export default buildCommand({
  docs: { brief: 'Show the generations of an image and what changed from one to the next' },
  parameters: {
    flags: { json },
    positional: {
      kind: 'tuple',
      parameters: [{ ...imageArgument, brief: 'name of an image', placeholder: 'NAME' }],
    },
  },
  async func(this: Context, _flags: Json, name: string) {
    const { imageHistory } = await import('../../../operations/image/history.ts');
    const entries = await this.call(imageHistory, { image: name });
    this.result(entries, (style) => entries.map((entry) => entryText(entry, style)).join('\n'));
  },
});

function entryText(entry: HistoryEntry, style: Style): string {
  const tags = entry.tags.length > 0 ? ` (${entry.tags.join(', ')})` : '';
  const state = entry.state === 'ready' ? '' : ` ${style.red(entry.state)}`;
  const lines = [
    `${style.bold(`${entry.name}:${entry.generation}`)}${style.green(tags)}${state}  ${when(entry.created)}  ${bytes(entry.bytes)}  ${shortDigest(entry.digest)}`,
  ];
  const { changed } = entry;
  if (changed) {
    const { added, removed, changed: upgraded } = changed.packages;
    const kernel = changed.kernel;
    if (kernel) lines.push(`  kernel ${kernel.before ?? 'none'} -> ${kernel.after ?? 'none'}`);
    if (changed.arguments) lines.push(`  kernel arguments: ${oneLine(changed.arguments.after.join(' '))}`);
    for (const p of added) lines.push(`  ${style.green('+')} ${p.name} ${p.version}`);
    for (const p of removed) lines.push(`  ${style.red('-')} ${p.name} ${p.version}`);
    for (const p of upgraded) lines.push(`  ${style.yellow('~')} ${p.name} ${p.before} -> ${p.after}`);
    const layers = changed.layers.map(oneLine).join('; ');
    lines.push(
      `  ${style.dim(layers ? `new layers: ${layers}; ${bytes(changed.newBytes)}` : 'no new layers')}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
