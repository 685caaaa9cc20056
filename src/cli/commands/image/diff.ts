import { buildCommand } from '@stricli/core';
import type { Diff } from '../../../image/diff.ts';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { imageArgument, json, off, whole, type Json } from '../../flags.ts';
import type { Style } from '../../render/style.ts';
import { oneLine } from '../../render/text.ts';

interface Flags extends Json {
  readonly packages: boolean;
  readonly limit?: number;
}

export default buildCommand({
  docs: {
    brief: 'Show packages and files that differ between two generations',
    fullDescription: describe(
      ['With one IMAGE, its generation is compared with the one before it. Modification times do not count.'],
      [['slipway image diff compute:6 compute:7', 'What building 7 changed']],
    ),
  },
  parameters: {
    flags: {
      json,
      packages: off('Packages and kernel only: fast, and needs no root'),
      limit: whole('Most files listed (default: 100000)', 'number', 1),
    },
    positional: { kind: 'tuple', parameters: [imageArgument, { ...imageArgument, optional: true }] },
  },
  async func(this: Context, flags: Flags, first: string, second?: string) {
    const { imageDiff } = await import('../../../operations/image/diff.ts');
    const { packages, limit } = flags;
    const which = second === undefined ? { image: first } : { image: second, before: first };
    const found = await this.call(imageDiff, { ...which, packages, limit }, { reconcile: !packages });
    this.result(found, (style) => diffText(found, style));
  },
});

const SIGN = { added: '+', removed: '-', changed: '~' } as const;

type Sign = keyof typeof SIGN;

function signed(change: Sign, text: string, style: Style): string {
  const paint = { added: style.green, removed: style.red, changed: style.yellow };
  return `  ${paint[change](SIGN[change])} ${oneLine(text)}`;
}

/** A path that differs. */
export function changeLine({ path, type, change, aspects }: Diff['files'][number], style: Style): string {
  const differing = aspects ? `  (${aspects.join(', ')})` : '';
  return signed(change, `${path}${type === 'directory' && path !== '/' ? '/' : ''}${differing}`, style);
}

export function diffText(diff: Diff, style: Style): string {
  const { before, after, packages, files } = diff;
  const line = (change: Sign, text: string) => signed(change, text, style);
  const lines = [style.bold(`${before.name}:${before.generation} -> ${after.name}:${after.generation}`)];
  if (diff.kernel) lines.push(`kernel ${diff.kernel.before ?? 'none'} -> ${diff.kernel.after ?? 'none'}`);
  if (diff.arguments)
    lines.push(
      'kernel arguments',
      line('removed', diff.arguments.before.join(' ')),
      line('added', diff.arguments.after.join(' ')),
    );
  const { added, removed, changed } = packages;
  if (added.length + removed.length + changed.length > 0) lines.push('packages');
  for (const p of added) lines.push(line('added', `${p.name} ${p.version}`));
  for (const p of removed) lines.push(line('removed', `${p.name} ${p.version}`));
  for (const p of changed) lines.push(line('changed', `${p.name} ${p.before} -> ${p.after}`));
  if (files.length > 0) lines.push('files');
  for (const file of files) lines.push(changeLine(file, style));
  if (diff.truncated) lines.push(`  more than ${files.length} files differ: raise --limit`);
  if (lines.length === 1) lines.push('no difference');
  return `${lines.join('\n')}\n`;
}
