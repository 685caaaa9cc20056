import { buildCommand } from '@stricli/core';
import type { BootStatus } from '../../../boot/status.ts';
import { describe } from '../../describe.ts';
import type { Context } from '../../context.ts';
import { json, nodesFlag, noNodes, nodesOf, off, optionalNodes, type Json } from '../../flags.ts';
import type { Style } from '../../render/style.ts';
import { table } from '../../render/table.ts';
import { seconds } from '../../render/text.ts';

interface Flags extends Json {
  readonly nodes?: string;
  readonly watch: boolean;
}

/** Milliseconds between two looks. */
const INTERVAL = 1000;

export default buildCommand({
  docs: {
    brief: 'Show where the boots of nodes are',
    fullDescription: describe(
      [
        'Image, digest and mode are those of the newest boot; of a node that has not booted yet those that it would boot.',
        'With --json: an array of {node,image,digest,mode,stage,since,ready}; null where nothing is known.',
      ],
      [
        ['slipway boot status', 'All nodes'],
        ['slipway boot status -n n1,n2 --watch', 'Two, again and again until Ctrl-C'],
      ],
    ),
  },
  parameters: {
    flags: { json, nodes: nodesFlag, watch: off('Show it anew every second') },
    positional: { kind: 'tuple', parameters: [optionalNodes] },
    aliases: { n: 'nodes' },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const { bootStatus } = await import('../../../operations/boot/status.ts');
    const nodes = nodesOf(flags.nodes, positional);
    const show = async (before = '') => {
      const states = await this.call(bootStatus, { nodes });
      this.result(states, (style, columns) => before + statusTable(states, noNodes(nodes), style, columns));
    };
    if (!flags.watch) return await show();
    const { setTimeout: sleep } = await import('node:timers/promises');
    // On a terminal each look takes the place of the one before.
    const clear = process.stdout.isTTY && !this.json ? '\u001b[H\u001b[2J' : '';
    const { signal } = await this.shown();
    while (!signal.aborted) {
      await show(clear);
      await sleep(INTERVAL, undefined, { signal }).catch(() => {});
    }
  },
});

function statusTable(
  states: readonly BootStatus[],
  empty: string,
  style: Style,
  columns: number | undefined,
): string {
  return table(
    states,
    [
      { title: 'node', value: (one) => one.node },
      { title: 'image', value: (one) => one.image ?? 'none' },
      { title: 'mode', value: (one) => one.mode ?? '' },
      { title: 'stage', value: (one) => one.stage ?? 'never booted' },
      {
        title: 'for',
        value: (one) =>
          one.since === null ? '' : seconds(Math.max(0, Date.now() - Date.parse(one.since)) / 1000),
        right: true,
      },
      { title: 'ready', value: (one) => (one.ready ? 'yes' : 'no') },
    ],
    {
      style,
      columns,
      empty,
    },
  );
}
