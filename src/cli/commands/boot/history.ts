import { buildCommand } from '@stricli/core';
import type { SessionView, StageView } from '../../../boot/history.ts';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { json, nodeFlag, optionalNode, someNodes, whole, type Json, type OneNode } from '../../flags.ts';
import type { Style } from '../../render/style.ts';
import { table } from '../../render/table.ts';
import { bytes, seconds, when } from '../../render/text.ts';

interface Flags extends Json, OneNode {
  readonly last?: number;
}

export default buildCommand({
  docs: {
    brief: 'Show the boots of one node, stage by stage',
    fullDescription: describe(
      [
        'The newest boot first, with what each stage took, and how fast each layer came. The last 20 boots of a machine are kept.',
      ],
      [['slipway boot history n1 --last 1', 'The newest boot of n1']],
    ),
  },
  parameters: {
    flags: { json, nodes: nodeFlag, last: whole('Only so many boots', 'number', 1) },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const name = someNodes(flags.nodes, positional, 'boot history');
    const { bootHistoryOf } = await import('../../../operations/boot/history.ts');
    const boots = await this.call(bootHistoryOf, { node: name, last: flags.last });
    this.result(boots, (style, columns) =>
      boots.length === 0
        ? `${name} has not booted yet.\n`
        : boots.map((boot) => bootText(boot, style, columns)).join('\n'),
    );
  },
});

export function bootText(boot: SessionView, style: Style, columns: number | undefined): string {
  const { stages } = boot;
  const result = stages.find((stage) => stage.name === boot.state);
  const total = (result ?? stages.at(-1))?.seconds ?? 0;
  const words = { booting: 'under way', ready: 'ready', trap: 'failed', lost: 'never got ready' };
  const title = `${style.bold(when(boot.started))}  ${boot.image}, ${boot.mode}: ${words[boot.state]} after ${seconds(total)}\n`;
  return (
    title +
    table(
      stages,
      [
        { title: 'stage', value: (one) => one.name },
        { title: 'after', value: (one) => seconds(one.seconds), right: true },
        { title: 'took', value: (one) => seconds(one.step), right: true },
        { title: 'bytes', value: (one) => (one.bytes === undefined ? '' : bytes(one.bytes)), right: true },
        { title: 'speed', value: speed, right: true },
        { title: 'detail', value: (one) => one.detail, shrink: true },
      ],
      { style, columns, empty: 'no stage reported' },
    )
  );
}

function speed({ bytes: size, spent }: StageView): string {
  // Of a few bytes it would tell nothing.
  if (size === undefined || spent === undefined || size < 100_000) return '';
  return `${(size / 1e6 / Math.max(spent, 0.01)).toFixed(1)} MB/s`;
}
