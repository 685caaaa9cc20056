import { buildCommand } from '@stricli/core';
import type { Context } from '../../context.ts';
import { json, nodeFlag, off, optionalNode, someNodes, type Json, type OneNode } from '../../flags.ts';
import { facts, table } from '../../render/table.ts';
import { bytes, seconds, when } from '../../render/text.ts';

interface Flags extends Json, OneNode {
  readonly ipxe: boolean;
}

export default buildCommand({
  docs: { brief: 'Show what one node boots, and its boots with their stages' },
  parameters: {
    flags: { json, nodes: nodeFlag, ipxe: off('Print the iPXE script that the node would get now') },
    aliases: { n: 'nodes' },
    positional: { kind: 'tuple', parameters: [optionalNode] },
  },
  async func(this: Context, flags: Flags, positional?: string) {
    const name = someNodes(flags.nodes, positional, 'boot show');
    if (flags.ipxe) {
      const { bootScript } = await import('../../../operations/boot/script.ts');
      const preview = await this.call(bootScript, { node: name });
      this.result(preview, () => preview.script);
      return;
    }
    const { bootShow } = await import('../../../operations/boot/show.ts');
    const view = await this.call(bootShow, { node: name });
    this.result(view, (style, columns) => {
      const next =
        view.generation &&
        `${view.generation.name}:${view.generation.generation} (${view.generation.digest})`;
      const head = facts(
        [
          ['node', view.node],
          ['boots', view.boot],
          ['image', view.image ?? 'none'],
          ['mode', view.mode],
          ['next boot', next],
          ['problem', view.problem],
        ],
        style,
      );
      const boots = view.history.map((session) => {
        const title = `${style.bold(when(session.started))}  ${session.image}, ${session.mode}: ${session.state}\n`;
        const stages = table(
          session.stages,
          [
            { title: 'stage', value: (s) => s.name },
            { title: 'after', value: (s) => seconds(s.seconds), right: true },
            { title: 'bytes', value: (s) => (s.bytes === undefined ? '' : bytes(s.bytes)), right: true },
            { title: 'detail', value: (s) => s.detail, shrink: true },
          ],
          { style, columns, empty: 'no stage reported' },
        );
        return title + stages;
      });
      return [head, ...boots].join('\n');
    });
  },
});
