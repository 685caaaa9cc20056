import { buildCommand } from '@stricli/core';
import type { Change, Drift } from '../../boot/drift.ts';
import { describe } from '../describe.ts';
import type { Context } from '../context.ts';
import { json, nodesFlag, noNodes, nodesOf, optionalNodes, type Json } from '../flags.ts';
import { table } from '../render/table.ts';
import { shortDigest } from '../render/text.ts';

interface Flags extends Json {
  readonly nodes?: string;
}

export default buildCommand({
  docs: {
    brief: 'Compare what nodes run with what they would get at their next boot',
    fullDescription: describe(
      [
        'By content: image, mode, kernel arguments, settings such as overlay and trap, and node files. Nodes that are not up are not compared.',
        'With --json: an array of {node,running,assigned,drift,changes}; running and assigned are digests of images.',
        'Exit code 0: a reboot would change no node; 1: it would change some.',
      ],
      [['slipway drift -n n1,n2', 'Would a reboot change these two?']],
    ),
  },
  parameters: {
    flags: { json, nodes: nodesFlag },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
    aliases: { n: 'nodes' },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const nodes = nodesOf(flags.nodes, positional);
    const { driftOf } = await import('../../operations/boot/drift.ts');
    const drifts = await this.call(driftOf, { nodes });
    if (drifts.some((one) => one.drift)) this.exitCode = 1;
    this.result(drifts, (style, columns) =>
      table(
        drifts,
        [
          { title: 'node', value: (one) => one.node },
          { title: 'running', value: (one) => (one.running ? shortDigest(one.running) : 'nothing known') },
          { title: 'next boot', value: (one) => (one.assigned ? shortDigest(one.assigned) : 'nothing') },
          { title: 'drift', value: (one) => (one.drift ? 'yes' : one.running ? 'no' : '') },
          { title: 'changes', value: changesOf, shrink: true },
        ],
        {
          style,
          columns,
          empty: noNodes(nodes),
        },
      ),
    );
  },
});

function changesOf({ changes }: Drift): string {
  return changes.map(changeText).join('; ');
}

function changeText({ what, name, from, to }: Change): string {
  const [before, after] = what === 'file' ? [from && shortDigest(from), to && shortDigest(to)] : [from, to];
  const words = `${before ?? 'none'} → ${after ?? 'none'}`;
  return [what, name, words].filter((one) => one !== undefined).join(' ');
}
